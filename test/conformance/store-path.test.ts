/** Store paths and hashes equal those that Nix computes. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import fc from 'fast-check'
import { digestOf, digestOfAll, type FileHash, formatNixHash, formatSri } from '../../src/base/digest.ts'
import { writeNar } from '../../src/format/nar/write.ts'
import { openStore } from '../../src/store/disk-store.ts'
import {
  contentAddress,
  fixedPath,
  logical,
  parseStorePath,
  recipePath,
  type StorePath,
  sourcePath,
  textPath,
} from '../../src/store/store-path.ts'
import { diskTree } from '../../src/tree/disk.ts'
import { file, memoryTree, symlink } from '../../src/tree/memory.ts'
import type { Tree } from '../../src/tree/tree.ts'
import { missing } from '../support/command.ts'
import { testNix } from '../support/nix.ts'
import { temporaryFolder } from '../support/temporary.ts'

const skip = missing('nix-store', 'nix', 'nix-instantiate')
const folder = temporaryFolder()
const root = join(folder, 'store')
const nix = testNix()

const names = ['a', 'A-b_c+d.e?f=g', `${'n'.repeat(211)}`, '0.1']

test('store path: a source, as from `nix-store --add`', { skip }, async () => {
  for (const name of names) {
    const place = join(folder, name)
    mkdirSync(join(place, 'sub'), { recursive: true })
    writeFileSync(join(place, 'sub', 'file'), name)
    const narHash = digestOfAll(writeNar(diskTree(place)))
    assert.deepEqual(await nix.store(root, '--add', place), [logical(sourcePath(name, narHash))])
    assert.equal(await nix.run('nix', 'hash', 'path', place), formatSri(narHash))
  }
})

test('store path: a fixed output, as from `nix-store --add-fixed sha256`, flat and recursive', {
  skip,
}, async () => {
  const place = join(folder, 'flat')
  writeFileSync(place, 'some bytes')
  const flat = digestOf('some bytes')
  const recursive = digestOfAll(writeNar(diskTree(place)))
  assert.deepEqual(await nix.store(root, '--add-fixed', 'sha256', place), [logical(fixedPath('flat', flat))])
  assert.deepEqual(await nix.store(root, '--add-fixed', '--recursive', 'sha256', place), [
    logical(sourcePath('flat', recursive)),
  ])
  const long: FileHash = `sha512:${createHash('sha512').update('some bytes').digest('hex')}`
  assert.deepEqual(await nix.store(root, '--add-fixed', 'sha512', place), [logical(fixedPath('flat', long))])
  const [known] = JSON.parse(
    await nix.run('nix', 'path-info', '--store', root, '--json', logical(fixedPath('flat', flat))),
  )
  assert.equal(known.ca, contentAddress('fixed', flat))
  assert.equal(formatNixHash(flat), known.ca.slice('fixed:'.length))
})

test('store path: a text, as from `builtins.toFile`, with and without references', { skip }, async () => {
  const text = fc.string({ unit: fc.constantFrom(...'abc \n\\"${}'), maxLength: 30 })
  const chains = fc.sample(fc.array(text, { minLength: 1, maxLength: 3 }), { numRuns: 6, seed: 7 })
  for (const [index, texts] of chains.entries()) {
    // Each file refers to the two before it.
    let expression = '""'
    const made: StorePath[] = []
    const lets: string[] = []
    for (const [at, each] of texts.entries()) {
      const references = made.slice(-2)
      const content = each + references.map(logical).join(' ')
      made.push(textPath(`text-${index}-${at}`, digestOf(content), references))
      const parts = [quoted(each), references.map((_, back) => `\${f${at - references.length + back}}`).join(' ')]
      lets.push(`f${at} = builtins.toFile "text-${index}-${at}" (${parts[0]} + "${parts[1]}");`)
      expression = `f${at}`
    }
    const source = `let ${lets.join(' ')} in ${expression}`
    const given = await nix.run(
      'nix-instantiate',
      '--store',
      root,
      '--eval',
      '--read-write-mode',
      '--json',
      '-E',
      source,
    )
    assert.equal(JSON.parse(given), logical(made.at(-1) ?? fixedPath('none', digestOf(''))), source)
    const last = made.at(-1)
    assert.ok(last !== undefined)
    const references = await nix.store(root, '-q', '--references', logical(last))
    assert.deepEqual(
      references.flatMap((path) => parseStorePath(path) ?? []).sort(),
      made.slice(0, -1).slice(-2).sort(),
    )
  }
})

test('store path: a tree with references, as from `nix store make-content-addressed`', { skip }, async () => {
  const own = join(folder, 'own')
  const inner = memoryTree({ '': file('inner') })
  const outer = (of: StorePath): Tree =>
    memoryTree({ 'share/names': file(`${logical(of)}\n`), link: symlink(logical(of)) })
  const given = recipePath('inner', 1)
  const asked = recipePath('outer', 1)
  {
    await using store = await openStore(own)
    await store.add(given, inner, { candidates: [] })
    await store.add(asked, outer(given), { candidates: [given] })
  }
  const told = await nix.run('nix', 'store', 'make-content-addressed', '--store', own, '--json', logical(asked))
  const rewritten = sourcePath('inner', digestOfAll(writeNar(inner)))
  const expected = sourcePath('outer', digestOfAll(writeNar(outer(rewritten))), [rewritten])
  assert.equal(JSON.parse(told).rewrites[logical(asked)], logical(expected))
})

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('$', '\\$')
}
