/** Alternatives of packages over a base that has some: the links and records that the real update-alternatives (Debian package dpkg) leaves. */
import assert from 'node:assert/strict'
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { build, debian } from '../../src/index.ts'
import { executable, file, memoryTree, symlink } from '../../src/tree/memory.ts'
import type { Tree } from '../../src/tree/tree.ts'
import { missing, run } from '../support/command.ts'
import { type FakeArchive, serveArchive } from '../support/debian-archive.ts'
import { minimalRoot } from '../support/debian-packages.ts'
import { viewOf, writeBase } from '../support/image-view.ts'
import { temporaryFolder } from '../support/temporary.ts'

const folder = temporaryFolder()
let archive: FakeArchive
before(async () => {
  archive = await serveArchive()
  await archive.publish([
    ...minimalRoot,
    {
      name: 'app',
      files: Object.keys(own).flatMap((name): [string, string][] => [
        [`./usr/bin/${name}-own`, ''],
        [`.${slave(name, 'own')}`, ''],
      ]),
      scripts: { postinst: `#!/bin/sh\n${commands.join('\n')}\n` },
    },
  ])
})
after(() => archive[Symbol.asyncDispose]())

/** The base's choices: group → its record, and the target of its link if that is not the recorded one. */
const groups: Readonly<
  Record<string, { readonly state: 'auto' | 'manual'; readonly priority: number; readonly link?: string }>
> = {
  lower: { state: 'auto', priority: 50 },
  higher: { state: 'auto', priority: 50 },
  equal: { state: 'auto', priority: 50 },
  manual: { state: 'manual', priority: 1 },
  dangling: { state: 'auto', priority: 90, link: '/usr/bin/no-such-program' },
  unrecorded: { state: 'auto', priority: 50, link: '/usr/bin/somebodys' },
  removed: { state: 'manual', priority: 90, link: '/usr/bin/no-such-program' },
}
/** A group with links, but without a record. */
const orphan = 'orphan'

/** Groups that the package installs. */
const own: Readonly<Record<string, number>> = {
  lower: 40,
  higher: 60,
  equal: 50,
  manual: 99,
  dangling: 50,
  unrecorded: 99,
  removed: 50,
  fresh: 10,
  [orphan]: 10,
}
const slave = (name: string, of: string): string => `/usr/share/man/man1/${name}-${of}.1`

function recordOf(name: string): string {
  const { state, priority } = groups[name] ?? { state: 'auto', priority: 0 }
  const slaves = [`${name}-old.1`, `/usr/share/man/man1/${name}-old.1`, `${name}.1`, `/usr/share/man/man1/${name}.1`]
  const choice = [`/usr/bin/${name}-base`, String(priority), slave(name, 'base'), slave(name, 'base')]
  return [state, `/usr/bin/${name}`, ...slaves, '', ...choice, '', ''].join('\n')
}

const baseEntries = Object.fromEntries(
  [...Object.keys(groups), orphan].flatMap((name) => [
    [`usr/bin/${name}-base`, executable('')],
    [`usr/share/man/man1/${name}-base.1`, file('')],
    [`usr/bin/${name}`, symlink(`/etc/alternatives/${name}`)],
    [`etc/alternatives/${name}`, symlink(groups[name]?.link ?? `/usr/bin/${name}-base`)],
    ...['', '-old'].flatMap((more) => [
      [`usr/share/man/man1/${name}${more}.1`, symlink(`/etc/alternatives/${name}${more}.1`)],
      [`etc/alternatives/${name}${more}.1`, symlink(slave(name, 'base'))],
    ]),
    ...(name === orphan ? [] : [[`var/lib/dpkg/alternatives/${name}`, file(recordOf(name))]]),
  ]),
)
const status = 'Package: lib\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\nDescription: x\n\n'
const commands = Object.entries(own).map(
  ([name, priority]) =>
    `update-alternatives --install /usr/bin/${name} ${name} /usr/bin/${name}-own ${priority} --slave /usr/share/man/man1/${name}.1 ${name}.1 ${slave(name, 'own')}`,
)

/** The package over a base with these entries. */
async function over(base: Tree, packageRecords: 'dpkg' | 'status.d'): Promise<ReadonlyMap<string, string>> {
  const home = join(folder, packageRecords)
  mkdirSync(home)
  await writeBase(join(home, 'base.tar'), { layers: [base] })
  writeFileSync(join(home, 'archive.asc'), archive.keyring)
  const { mirrors } = archive
  const where = { suite: 'bookworm', architecture: 'amd64', directory: home, mirrors, keyring: 'archive.asc' }
  const { pkgs, dockerTools } = debian({ ...where, packageRecords })
  const contents = [pkgs('app')]
  const image = dockerTools.buildLayeredImage({ name: 'app', fromImage: 'base.tar', contents, compressor: 'none' })
  const { files } = await viewOf((await build(image, { store: join(folder, 'store') })).physical)
  return new Map(
    [...files].flatMap(([at, said]): [string, string][] => {
      const link = /^symlink 777 0:0 (.*)$/s.exec(said)?.[1]
      if (link !== undefined && /^(etc\/alternatives|usr\/bin|usr\/share\/man\/man1)\//.test(at)) return [[at, link]]
      const text = /^file 644 0:0 (.*)$/s.exec(said)?.[1]
      return text !== undefined && at.startsWith('var/lib/dpkg/alternatives/') ? [[at, text]] : []
    }),
  )
}

const sorted = (links: ReadonlyMap<string, string>): object => Object.fromEntries([...links].sort())

test('alternatives: over a base with dpkg they are the links and records that update-alternatives leaves', {
  skip: missing('update-alternatives'),
}, async () => {
  const base = memoryTree({ ...baseEntries, 'var/lib/dpkg/status': file(status), 'usr/bin/somebodys': executable('') })
  const ours = await over(base, 'dpkg')
  const root = join(folder, 'root')
  for (const entry of base.entries()) {
    const at = join(root, entry.path)
    mkdirSync(entry.kind === 'directory' ? at : dirname(at), { recursive: true })
    if (entry.kind === 'symlink') symlinkSync(entry.target, at)
    if (entry.kind === 'file')
      writeFileSync(at, Buffer.concat([...entry.content.open()]), { mode: entry.metadata.mode })
  }
  for (const name of Object.keys(own))
    for (const at of [`usr/bin/${name}-own`, slave(name, 'own')]) writeFileSync(join(root, at), '')
  for (const command of commands) await run('update-alternatives', ['--root', root, ...command.split(' ').slice(1)])
  assert.deepEqual(sorted(ours), sorted(found(root)))
  const chosen = (name: string) => ours.get(`etc/alternatives/${name}`)
  assert.deepEqual(
    ['lower', 'equal', 'manual', 'higher', 'fresh'].map(chosen),
    ['lower-base', 'equal-base', 'manual-base', 'higher-own', 'fresh-own'].map((name) => `/usr/bin/${name}`),
  )
})

test('alternatives: over a base without dpkg a choice stays while its target exists', async () => {
  const links = Object.fromEntries(Object.entries(baseEntries).filter(([at]) => !at.startsWith('var/lib/dpkg')))
  const ours = await over(memoryTree({ ...links, 'usr/bin/somebodys': executable('') }), 'status.d')
  for (const name of Object.keys(own)) {
    const target = ['dangling', 'removed', 'fresh'].includes(name) ? `/usr/bin/${name}-own` : `/usr/bin/${name}-base`
    assert.equal(ours.get(`etc/alternatives/${name}`), name === 'unrecorded' ? '/usr/bin/somebodys' : target)
    assert.equal(ours.get(`usr/bin/${name}`), `/etc/alternatives/${name}`)
  }
})

/** Links and records in a directory. */
function found(root: string): ReadonlyMap<string, string> {
  const places = ['etc/alternatives', 'usr/bin', 'usr/share/man/man1', 'var/lib/dpkg/alternatives']
  return new Map(
    places.flatMap((place) =>
      readdirSync(join(root, place)).flatMap((name): [string, string][] => {
        const at = `${place}/${name}`
        if (lstatSync(join(root, at)).isSymbolicLink()) return [[at, readlinkSync(join(root, at))]]
        return place.startsWith('var') ? [[at, readFileSync(join(root, at), 'utf8')]] : []
      }),
    ),
  )
}
