import assert from 'node:assert/strict'
import { test } from 'node:test'
import { treePackage } from '../../test/support/tree-packages.ts'
import { built, inTestWorkshop } from '../../test/support/workshop.ts'
import { gather } from '../base/bytes.ts'
import { linkDirectory } from '../debian/image/link-directory.ts'
import { buildEnv } from '../source/environment.ts'
import type { Recipe } from '../source/package.ts'
import { logical, recipePath, type StorePath } from '../store/store-path.ts'
import { directory, file, memoryTree, symlink } from '../tree/memory.ts'
import { entryPathOf } from '../tree/path.ts'
import { type Tree, treeFrom } from '../tree/tree.ts'
import { contentsTree, leadsToItself, type Place } from './contents.ts'
import { copiedContents } from './copied-contents.ts'
import { throughStandIn } from './stand-ins.ts'

const merged = new Map([[entryPathOf('bin'), entryPathOf('usr/bin')]])

async function withItems(
  trees: Readonly<Record<string, Tree>>,
  work: (items: readonly Recipe[], place: Place) => void,
  debs: readonly StorePath[] = [],
): Promise<void> {
  await inTestWorkshop(async (shop) => {
    const items: Recipe[] = []
    for (const [name, tree] of Object.entries(trees)) items.push(await built(treePackage(name, tree), shop))
    work(items, {
      store: shop.store,
      links: merged,
      standIn: (path) => (debs.includes(path) ? linkDirectory : undefined),
    })
  })
}

/** Maps paths to entries; links by the names of their objects. */
function shown(tree: Tree): Readonly<Record<string, string>> {
  const short = (target: string): string => target.replace(/^\/nix\/store\/[0-9a-z]{32}-/, '')
  return Object.fromEntries(
    Iterator.from(tree.entries()).map((entry) => {
      if (entry.kind === 'file') return [entry.path, Buffer.from(gather(entry.content.open())).toString('utf8')]
      return [entry.path, entry.kind === 'symlink' ? `→ ${short(entry.target)}` : entry.kind]
    }),
  )
}

const one = memoryTree({ '': directory(), 'bin/a': file('one'), 'share/both': file('one') })
const two = memoryTree({ '': directory(), 'bin/b': file('two'), 'share/both': file('two') })

test('contents: links to files, names taken through the root’s links, of two items the earlier', async () => {
  await withItems({ one, two }, (items, place) => {
    assert.deepEqual(shown(contentsTree(items, place)), {
      share: 'directory',
      'share/both': '→ one/share/both',
      usr: 'directory',
      'usr/bin': 'directory',
      'usr/bin/a': '→ one/bin/a',
      'usr/bin/b': '→ two/bin/b',
    })
  })
})

test('copied contents: files themselves, of two items the later, with an owner', async () => {
  await withItems({ one, two }, (items, place) => {
    const tree = copiedContents(items, { keepDirlinks: false, uid: 5, gid: 6 }, place)
    assert.deepEqual(shown(tree), {
      share: 'directory',
      'share/both': 'two',
      'usr/bin': 'directory',
      'usr/bin/a': 'one',
      'usr/bin/b': 'two',
    })
    for (const entry of tree.entries()) {
      if (!('metadata' in entry)) continue
      assert.deepEqual([entry.metadata.uid, entry.metadata.gid], [5, 6])
      assert.equal(entry.metadata.mode, entry.kind === 'directory' ? 0o755 : 0o444)
    }
  })
})

test('copied contents: copying n links to files looks at as many entries as there are links, whatever made them', async () => {
  const looks = async (count: number): Promise<number> => {
    const files = Object.fromEntries(Array.from({ length: count }, (_, number) => [`d/f${number}`, file(`${number}`)]))
    let seen = 0
    await inTestWorkshop(async (shop) => {
      const made = treePackage('files', memoryTree({ '': directory(), ...files }))
      const environment = await built(buildEnv({ name: 'env', paths: [made] }), shop)
      const counted = (tree: Tree): Tree =>
        treeFrom({
          *below(top) {
            for (const entry of tree.below(top)) {
              seen++
              yield entry
            }
          },
        })
      const store = { ...shop.store, tree: (path: StorePath) => counted(shop.store.tree(path)) }
      const place = { store, links: merged, standIn: () => undefined }
      const copies = copiedContents([environment], { keepDirlinks: false, uid: 0, gid: 0 }, place)
      assert.equal([...copies.entries()].length, count + 1)
    })
    return seen
  }
  const [few, many] = [await looks(20), await looks(160)]
  assert.ok(many < few * 9, `${few} entries for 20 files, ${many} for 160`)
})

const linked = memoryTree({
  '': directory(),
  'real/file': file('text'),
  inside: symlink('real'),
  loop: symlink('.'),
  'deep/up': symlink('../real'),
  'to-file': symlink('real/file'),
  dangling: symlink('nowhere'),
})

test('copied contents: a link to a directory becomes a copy of it, unless links are kept or it is inside itself', async () => {
  await withItems({ linked }, (items, place) => {
    const copies = { keepDirlinks: false, uid: 0, gid: 0 }
    const followed = shown(copiedContents(items, copies, place))
    assert.equal(followed['inside/file'], 'text')
    assert.equal(followed['deep/up/file'], 'text')
    assert.equal(followed.loop, '→ .')
    assert.equal(followed['to-file'], '→ real/file')
    assert.equal(followed.dangling, '→ nowhere')
    const kept = shown(copiedContents(items, { ...copies, keepDirlinks: true }, place))
    assert.deepEqual([kept.inside, kept['deep/up']], ['→ real', '→ ../real'])
  })
})

test('copied contents: links to directories that multiply are refused by name', async () => {
  const levels = Array.from({ length: 24 }, (_, level) => [
    [`level/${level}/a`, symlink(`../${level + 1}`)] as const,
    [`level/${level}/b`, symlink(`../${level + 1}`)] as const,
  ]).flat()
  const tree = memoryTree({ ...Object.fromEntries(levels), 'level/24/file': file('text') })
  await withItems({ tree }, (items, place) => {
    const copies = { uid: 0, gid: 0 }
    assert.throws(() => copiedContents(items, { ...copies, keepDirlinks: false }, place), {
      code: 'environment.too-large',
    })
    assert.equal(shown(copiedContents(items, { ...copies, keepDirlinks: true }, place))['level/3/a'], '→ ../4')
  })
})

test('copied contents: a package that is a file or a link to one is refused, one that is a link to a directory is that directory', async () => {
  const refused = { code: 'environment.not-a-directory' }
  const copies = { uid: 0, gid: 0 }
  await withItems({ file: memoryTree({ '': file('text') }), one }, ([single, folder], place) => {
    assert.ok(single !== undefined && folder !== undefined)
    const links = {
      file: symlink(logical(single.path)),
      dangling: symlink('/nowhere'),
      loop: symlink('/nix/store/../loop'),
      folder: symlink(`${logical(folder.path)}/share`),
    }
    const store = {
      ...place.store,
      info: (path: StorePath) => place.store.info(path) ?? place.store.info(single.path),
      tree: (path: StorePath) => {
        const name = path.slice(33)
        const link =
          name === 'file' || name === 'one' ? undefined : Object.entries(links).find(([key]) => key === name)?.[1]
        return link === undefined ? place.store.tree(path) : memoryTree({ '': link })
      },
    }
    const named = (name: string): Recipe => ({ ...single, name, path: recipePath(name, 'test') })
    for (const keepDirlinks of [false, true]) {
      assert.throws(() => copiedContents([single], { ...copies, keepDirlinks }, place), refused)
      for (const name of ['dangling', 'loop'])
        assert.throws(() => copiedContents([named(name)], { ...copies, keepDirlinks }, { ...place, store }), refused)
      assert.deepEqual(shown(copiedContents([named('folder')], { ...copies, keepDirlinks }, { ...place, store })), {
        both: 'one',
      })
    }
  })
})

test('contents: a link that would lead to itself is left out, through /bin and through a Debian package’s directory of links', async () => {
  const deb = recipePath('hello-2.10', 'test')
  const tree = memoryTree({
    '': directory(),
    'bin/hello': symlink('/usr/bin/hello'),
    'bin/other': symlink('/usr/bin/hello'),
    'bin/deb': symlink(`${logical(deb)}/bin/deb`),
  })
  await withItems(
    { tree },
    (items, place) => {
      const expected = ['usr/bin/other']
      const names = (found: Tree): readonly string[] => Object.keys(shown(found)).filter((path) => /bin\/./.test(path))
      assert.deepEqual(names(contentsTree(items, place)), expected)
      assert.deepEqual(names(copiedContents(items, { keepDirlinks: false, uid: 0, gid: 0 }, place)), expected)
      const isItself = [...tree.entries()].filter((entry) =>
        leadsToItself(entry, { ...place, standIn: () => undefined }),
      )
      assert.deepEqual(
        isItself.map((entry) => entry.path),
        ['bin/hello'],
      )
    },
    [deb],
  )
})

test('stand-ins: where a path inside a directory of links leads', () => {
  assert.equal(throughStandIn(linkDirectory, ['bin', 'x']), '/usr/bin/x')
  assert.equal(throughStandIn(linkDirectory, ['etc', 'x', 'y']), '/etc/x/y')
  assert.equal(throughStandIn(linkDirectory, ['usr', 'bin', 'x']), '/usr/bin/x')
  assert.equal(throughStandIn(linkDirectory, ['opt', 'x']), '/opt/x')
})
