/** Links by which OpenSSL finds an authority: the same names as OpenSSL's own, for every kind of subject. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { certificateRules } from '../../src/debian/root/rules/certificates.ts'
import { file, memoryTree } from '../../src/tree/memory.ts'
import { show } from '../../src/tree/path.ts'
import { union } from '../../src/tree/union.ts'
import { missing, run } from '../support/command.ts'
import { inFolder } from '../support/workshop.ts'

/** Subjects, and the string type in which OpenSSL should write them. */
const subjects: readonly (readonly [subject: string, mask: string])[] = [
  ['/C=DE/O=Plain/CN=An Authority', 'default'],
  ['/C=DE/O=  Many   Spaces \t here  /CN=UPPER lower', 'utf8only'],
  ['/O=Größe/CN=ÄÖÜ', 'utf8only'],
  ['/O=Größe/CN=ÄÖÜ', 'pkix'],
  ['/O=Größe/CN=ÄÖÜ', 'MASK:0x800'],
  ['/O=Ωmega/CN=wide', 'MASK:0x800'],
  ['/O=Größe/CN=narrow', 'MASK:0x4'],
  ['/CN=Zwei+OU=In einer/emailAddress=Someone@Example.org', 'default'],
  [`/O=${'long name '.repeat(6)}/CN=${'x'.repeat(60)}/OU=${'y'.repeat(64)}`, 'default'],
]

const configuration = (mask: string): string =>
  `[req]\ndistinguished_name=name\nstring_mask=${mask}\nprompt=no\n[name]\nCN=unused\n`

async function certificate(cwd: string, [subject, mask]: (typeof subjects)[number]): Promise<string> {
  writeFileSync(join(cwd, 'openssl.cnf'), configuration(mask))
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key']
  const how = ['-config', 'openssl.cnf', '-utf8', '-multivalue-rdn', '-subj', subject]
  return run('openssl', ['req', '-x509', '-batch', '-days', '2', ...key, ...how], { cwd })
}

test('certificates: linked by the hash of their subject, as OpenSSL links them', {
  skip: missing('openssl'),
}, async () => {
  await inFolder(async (cwd) => {
    const pems: string[] = []
    for (const subject of subjects) pems.push(await certificate(cwd, subject))
    const trees = pems.map((pem, index) => memoryTree({ [`usr/share/ca-certificates/test/${index}.crt`]: file(pem) }))
    const files = union(trees)
    const links = certificateRules
      .flatMap((rule) => rule({ files, sources: files, accounts: { users: [], groups: [] } }))
      .flatMap((entry) => (entry.kind === 'symlink' ? [[show(entry.path).slice(14), entry.target] as const] : []))
      .filter(([name]) => !name.endsWith('.pem'))

    await run('sh', ['-c', 'rm openssl.cnf key && mkdir links'], { cwd })
    const folder = join(cwd, 'links')
    for (const [index, pem] of pems.entries()) writeFileSync(join(folder, `${index}.pem`), pem)
    await run('openssl', ['rehash', folder])
    const theirs = readdirSync(folder).filter((name) => !name.endsWith('.pem'))
    assert.ok(new Set(links.map(([name]) => name.replace(/\..*/, ''))).size >= 6)
    assert.deepEqual(links.map(([name]) => name).sort(), theirs.sort())
    // The order of two certificates with one subject is arbitrary there; both must be linked.
    const targets = (list: readonly string[]): readonly string[] => [...list].sort()
    assert.deepEqual(
      targets(links.map(([, target]) => target)),
      targets(theirs.map((name) => readlinkSync(join(folder, name)))),
    )
    for (const [name, target] of links)
      assert.equal(readFileSync(join(folder, target), 'utf8'), pems[Number.parseInt(target, 10)], name)
  })
})
