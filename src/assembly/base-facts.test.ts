/** Facts about a base, which are computed once for its layers. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { contentOf } from '../base/bytes.ts'
import { digestOf } from '../base/digest.ts'
import { openStore } from '../store/disk-store.ts'
import { directory, file, memoryTree, symlink } from '../tree/memory.ts'
import { treeFrom } from '../tree/tree.ts'
import { baseFacts } from './base-facts.ts'

test('base facts: links to directories and store objects, remembered by the layers', async () => {
  await using store = await openStore(join(temporaryFolder(), 'store'))
  const object = 'nix/store/00000000000000000000000000000000-hello'
  const empty = file(contentOf(Buffer.from('')))
  const tree = memoryTree({
    bin: symlink('usr/bin'),
    'usr/bin/ä': empty,
    'usr/link': symlink('bin/ä'),
    [object]: directory(),
    'nix/store/.links': directory(),
  })
  const diffIds = [digestOf('a'), digestOf('b')]
  const found = baseFacts(tree, diffIds, store.memory)
  assert.deepEqual([...found.links], [['bin', 'usr/bin']])
  assert.deepEqual([...found.storePaths], [object.slice('nix/store/'.length)])
  const unread = treeFrom({
    // biome-ignore lint/correctness/useYield: it fails
    *below() {
      throw new Error('it is read')
    },
  })
  assert.deepEqual(baseFacts(unread, diffIds, store.memory), found)
  assert.throws(() => baseFacts(unread, [...diffIds].reverse(), store.memory), /it is read/)
})
