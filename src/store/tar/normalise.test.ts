import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { arbitraryEntries } from '../../../test/support/entries.ts'
import { temporaryFolder } from '../../../test/support/temporary.ts'
import { contentOf, gather } from '../../base/bytes.ts'
import { writeTar } from '../../format/tar/write.ts'
import { type Entry, plain } from '../../tree/entry.ts'
import { inOrder } from '../../tree/order.ts'
import { path, root } from '../../tree/path.ts'
import { dated, withParents } from '../../tree/transform.ts'
import { treeOf } from '../../tree/tree.ts'
import { parseTarIndex, type TarIndex } from './index.ts'
import { tarMembers } from './members.ts'
import { normalise } from './normalise.ts'

const folder = temporaryFolder()
const file = join(folder, 'data.tar')

/** In dpkg-deb's order, symlinks after everything else; then hard links, which may lead to them. */
function shippedOrder(entries: readonly Entry[]): readonly Entry[] {
  const rank = ({ kind }: Entry): number => (kind === 'hardlink' ? 2 : Number(kind === 'symlink'))
  return [...entries].sort((a, b) => rank(a) - rank(b))
}

async function normalised(archive: Uint8Array, own: readonly Entry[] = []): Promise<TarIndex> {
  writeFileSync(file, archive)
  const index = parseTarIndex(Buffer.from(normalise(file, tarMembers(file), () => own)), file)
  assert.ok(index !== undefined)
  return index
}

function partsOf(index: TarIndex): Buffer {
  const bytes = readFileSync(file)
  return Buffer.concat((index.parts() ?? []).map(({ start, end }) => bytes.subarray(start, end)))
}

function layerOf(entries: readonly Entry[]): Buffer {
  const tree = dated(withParents(treeOf(inOrder(entries))), 1)
  return Buffer.from(gather(writeTar(tree.entries(), { names: 'relative', end: 'none' })))
}

test('normalise: the parts in order equal what the tar writer makes of the entries', async () => {
  const own: Entry = {
    kind: 'file',
    path: path('var/own'),
    metadata: plain(0o644),
    content: contentOf(Buffer.from('own')),
  }
  await fc.assert(
    fc.asyncProperty(arbitraryEntries({ whiteouts: false, devices: false }), async (generated) => {
      const entries = generated.filter((entry) => entry.path !== root && !entry.path.startsWith('var'))
      const archive = gather(writeTar(shippedOrder(entries), { names: 'dotted', end: 'record' }))
      const index = await normalised(archive, [own])
      const expected = layerOf([...entries, own])
      assert.ok(partsOf(index).equals(expected))
      assert.equal(index.membersSize, expected.length)
      assert.equal(index.tarSize, readFileSync(file).length)
      assert.ok(Buffer.from(gather(writeTar(index.below(root), { names: 'relative', end: 'none' }))).equals(expected))
    }),
    { numRuns: 300 },
  )
})

test('normalise: contents stay in place, and only members that do not fit are appended', async () => {
  const content = Buffer.alloc(100_000, 'seventeen letters')
  const entries: readonly Entry[] = [
    { kind: 'directory', path: path('usr'), metadata: plain(0o755, { mtime: 9 }) },
    { kind: 'file', path: path('usr/large'), metadata: plain(0o644, { mtime: 9 }), content: contentOf(content) },
    { kind: 'symlink', path: path('usr/a'), metadata: plain(0o777, { mtime: 9 }), target: 'large' },
  ]
  const archive = gather(writeTar(entries, { names: 'dotted', end: 'record' }))
  assert.equal((await normalised(archive)).tarSize, archive.length)
  assert.deepEqual(readFileSync(file).subarray(1024, 101_024), content)
})

test('normalise: of two members at one path the last wins', async () => {
  const named = (text: string): Entry => ({
    ...{ kind: 'file', path: path('a'), metadata: plain(0o644), content: contentOf(Buffer.from(text)) },
  })
  const archive = [named('first'), named('second, and longer')].flatMap((entry, index) => [
    ...writeTar([entry], { names: 'dotted', end: index === 1 ? 'record' : 'none' }),
  ])
  const index = await normalised(Buffer.concat(archive))
  assert.ok(partsOf(index).equals(layerOf([named('second, and longer')])))
})
