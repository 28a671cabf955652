import assert from 'node:assert/strict'
import { test } from 'node:test'
import { treeContract } from '../../test/contract/tree.contract.ts'
import { lines } from '../../test/support/trees.ts'
import { contentOf } from '../base/bytes.ts'
import type { MergeRules, Ranked } from './choose.ts'
import { directoryLinks } from './links.ts'
import { directory, file, hardlink, type Item, memoryTree, opaqueDirectory, symlink, whiteout } from './memory.ts'
import { mergedEntries, mergeTrees } from './merge.ts'
import { path, show } from './path.ts'
import { treeOf } from './tree.ts'

const layer = (name: string, items: Readonly<Record<string, Item>>, rank = 0): Ranked => ({
  rank,
  name,
  tree: memoryTree(items),
})
const mergedUsr = memoryTree({
  bin: symlink('usr/bin'),
  lib: symlink('/usr/lib'),
  'usr/bin': directory(),
  'usr/lib': directory(),
})
const links = directoryLinks(mergedUsr)

function conflict(layers: readonly Ranked[], rules: MergeRules, expected: { code: string; message: RegExp }): void {
  assert.throws(() => mergeTrees(layers, rules), expected)
}

test('merge: disjoint trees are their union, in order', () => {
  const tree = mergeTrees([layer('a', { 'x/1': file('1') }), layer('b', { 'x/0': file('0'), 'x-y': file('') })])
  treeContract(tree)
  assert.deepEqual(lines(tree), [
    'directory /x 755 0:0',
    'file /x/0 644 0:0 "0"',
    'file /x/1 644 0:0 "1"',
    'file /x-y 644 0:0 ""',
  ])
})

test('merge: equal entries become one, whatever their times and ranks, without a report', () => {
  const heard: string[] = []
  const rules = { report: (path: string) => heard.push(path) }
  const tree = mergeTrees(
    [layer('a', { x: file('1') }), layer('b', { x: file('1', { mtime: 7 }) }), layer('c', { x: file('1') }, 3)],
    rules,
  )
  assert.deepEqual([lines(tree), heard], [['file /x 644 0:0 "1"'], []])
})

test('merge: the higher rank wins and the loser is reported', () => {
  const heard: string[] = []
  const rules: MergeRules = {
    report: (path, winner, loser) => heard.push(`${show(path)}: ${winner.name} over ${loser.name}`),
  }
  const tree = mergeTrees([layer('high', { x: symlink('y') }, 2), layer('low', { x: file('1') }, 1)], rules)
  assert.deepEqual([lines(tree), heard], [['symlink /x 777 0:0 -> y'], ['x: high over low']])
})

test('merge: within a rank the earlier or the later tree wins, as the rank says', () => {
  const layers = [layer('a', { x: file('1') }), layer('b', { x: file('2') }), layer('c', { x: file('3') })]
  assert.deepEqual(lines(mergeTrees(layers, { within: () => 'first' })), ['file /x 644 0:0 "1"'])
  assert.deepEqual(lines(mergeTrees(layers, { within: () => 'last' })), ['file /x 644 0:0 "3"'])
})

test('merge: two packages with different files at one path are an error that names both', () => {
  conflict(
    [layer('redis', { 'usr/x': file('1') }), layer('nginx', { 'usr/x': file('2') })],
    {},
    {
      code: 'merge.conflict',
      message: /^redis and nginx both provide "\/usr\/x", with different contents/,
    },
  )
})

test('merge: a package that replaces all others wins', () => {
  const layers = [layer('a', { x: file('1') }), layer('b', { x: file('2') }), layer('c', { x: file('1') })]
  const rules: MergeRules = { replaces: (winner, loser) => winner.name === 'b' && loser.name !== 'b' }
  assert.deepEqual(lines(mergeTrees(layers, rules)), ['file /x 644 0:0 "2"'])
  conflict(
    layers,
    { replaces: (winner, loser) => winner.name === 'b' && loser.name === 'a' },
    { code: 'merge.conflict', message: /^a and b/ },
  )
})

test('merge: files are compared by content, however it is split into chunks', () => {
  const cut = { size: 4, open: () => [Buffer.from('a'), Buffer.from('bcd')] }
  const other = { size: 4, open: () => [Buffer.from('abc'), Buffer.from('d')] }
  assert.equal(lines(mergeTrees([layer('a', { x: file(cut) }), layer('b', { x: file(other) })])).length, 1)
  const short = { size: 4, open: () => [Buffer.from('abc')] }
  for (const [one, two] of [
    [cut, short],
    [short, cut],
  ] as const)
    conflict(
      [layer('a', { x: file(one) }), layer('b', { x: file(two) })],
      {},
      { code: 'merge.conflict', message: /^a/ },
    )
  const differs = { size: 4, open: () => [Buffer.from('abc'), Buffer.from('e')] }
  conflict(
    [layer('a', { x: file(cut) }), layer('b', { x: file(differs) })],
    {},
    { code: 'merge.conflict', message: /^a and b/ },
  )
})

test('merge: permissions, owner and attributes count', () => {
  for (const changed of [{ mode: 0o600 }, { uid: 1 }, { gid: 1 }, { xattrs: new Map([['user.a', Buffer.from('1')]]) }])
    conflict(
      [layer('a', { x: file('') }), layer('b', { x: file('', changed) })],
      {},
      { code: 'merge.conflict', message: /^a and b/ },
    )
})

test('merge: a directory gets the permissions of the highest rank that sets them; implied parents set none', () => {
  const layers = [
    layer('contents', { 'var/lib/x': file('') }, 3),
    layer('debian-root', { 'var/lib': directory({ mode: 0o2775, gid: 50 }) }, 2),
    layer('package', { 'var/lib': directory({ mode: 0o700 }) }, 1),
  ]
  assert.equal(lines(mergeTrees(layers))[1], 'directory /var/lib 2775 0:50')
  assert.equal(
    lines(
      mergeTrees([
        { rank: 9, name: 'edits', directories: 'all', tree: memoryTree({ 'var/lib': directory() }) },
        ...layers,
      ]),
    )[1],
    'directory /var/lib 755 0:0',
  )
})

test('merge: two packages with different special permissions for a directory are an error; ordinary ones yield', () => {
  const rank = (mode: number, name: string) => layer(name, { d: directory({ mode }) })
  assert.deepEqual(lines(mergeTrees([rank(0o755, 'a'), rank(0o700, 'b'), rank(0o700, 'c')])), ['directory /d 700 0:0'])
  conflict([rank(0o700, 'a'), rank(0o750, 'b')], {}, { code: 'merge.conflict', message: /^a and b .*"\/d"/ })
})

test('merge: names below a link to a directory are moved below its target', () => {
  const tree = mergeTrees(
    [
      layer('root', {}, 1),
      { rank: 1, name: 'root', tree: mergedUsr },
      layer('a', { 'bin/x': file('1'), 'lib/y/z': file('') }),
    ],
    { links },
  )
  treeContract(tree)
  assert.deepEqual(lines(tree), [
    'symlink /bin 777 0:0 -> usr/bin',
    'symlink /lib 777 0:0 -> /usr/lib',
    'directory /usr 755 0:0',
    'directory /usr/bin 755 0:0',
    'file /usr/bin/x 644 0:0 "1"',
    'directory /usr/lib 755 0:0',
    'directory /usr/lib/y 755 0:0',
    'file /usr/lib/y/z 644 0:0 ""',
  ])
})

test('merge: links are followed through each other, and hard links move along', () => {
  const chained = directoryLinks(
    memoryTree({ a: symlink('b'), b: symlink('c/d'), 'c/d/e': symlink('/f'), f: directory() }),
  )
  const tree = mergeTrees([layer('p', { 'a/e/x': file('1'), 'a/y': hardlink('a/e/x') })], { links: chained })
  assert.deepEqual(lines(tree), [
    'directory /c/d 755 0:0',
    'file /c/d/y 644 0:0 "1"',
    'directory /f 755 0:0',
    'hardlink /f/x = /c/d/y',
  ])
})

test('merge: a link that would lead to itself is omitted', () => {
  const tree = mergeTrees(
    [layer('a', { 'bin/x': symlink('/usr/bin/x'), 'bin/y': symlink('../usr/bin/z'), 'usr/bin/x': file('1') })],
    { links },
  )
  assert.deepEqual(lines(tree).slice(2), ['file /usr/bin/x 644 0:0 "1"', 'symlink /usr/bin/y 777 0:0 -> ../usr/bin/z'])
})

test('merge: an entry that would hide a link to a directory is an error; an equivalent link is not', () => {
  for (const item of [file(''), symlink('opt/bin')])
    conflict([layer('a', { bin: item })], { links }, { code: 'merge.directory', message: /^a has a .* at "\/bin"/ })
  assert.deepEqual(lines(mergeTrees([layer('a', { bin: symlink('/usr/bin/.') })], { links })), [
    'symlink /bin 777 0:0 -> /usr/bin/.',
  ])
})

test('merge: a file where another tree has a directory, or something below it, is an error whatever the ranks', () => {
  const low = layer('low', { d: file('') })
  const expected = {
    code: 'merge.directory',
    message: /low has a file at "\/d".*high a|high has a.*low a file at "\/d"/,
  }
  conflict([low, layer('high', { d: directory() }, 5)], {}, expected)
  conflict([low, layer('high', { 'd/x': file('') }, 5)], {}, expected)
  const bare = treeOf([...memoryTree({ 'd/x': file('') }).below(path('d/x'))])
  conflict([low, { rank: 5, name: 'high', tree: bare }], {}, expected)
})

test('merge: account files are merged by name, the higher rank first, and keep a file’s permissions', () => {
  const passwd = 'root:x:0:0::/root:/bin/sh\njane:x:1000:1000::/home/jane:/bin/sh'
  const tree = mergeTrees(
    [
      layer(
        'debian-root',
        {
          'etc/shadow': file('root:*:\n', { mode: 0o640, gid: 42 }),
          'etc/passwd': file('root:x:0:0::/root:/bin/bash\nredis:x:101:101::/:/\n'),
        },
        2,
      ),
      layer('contents', { 'etc/passwd': file(passwd), 'etc/shadow': symlink('/nix/store/x/shadow') }, 3),
    ],
    { follow: (target) => (target === '/nix/store/x/shadow' ? contentOf('jane:!:\n') : undefined) },
  )
  assert.deepEqual(lines(tree), [
    'directory /etc 755 0:0',
    `file /etc/passwd 644 0:0 ${JSON.stringify(`${passwd}\nredis:x:101:101::/:/\n`)}`,
    'file /etc/shadow 640 0:42 "jane:!:\\nroot:*:\\n"',
  ])
})

test('merge: an account file that is an unresolvable link is decided by rank', () => {
  const group = (line: string, rank: number): Ranked => layer(line, { 'etc/group': file(line) }, rank)
  const layers = [group('a:x:1:\n', 0), group('b:x:1:\n', 1), layer('c', { 'etc/group': symlink('/x') }, 2)]
  assert.equal(lines(mergeTrees(layers))[1], 'symlink /etc/group 777 0:0 -> /x')
})

test('merge: a name whose hard link target lost keeps its own content', () => {
  const tree = mergeTrees([
    layer('low', { a: file('1'), b: hardlink('a'), c: hardlink('a') }),
    layer('high', { a: file('2') }, 1),
  ])
  treeContract(tree)
  assert.deepEqual(lines(tree), ['file /a 644 0:0 "2"', 'file /b 644 0:0 "1"', 'hardlink /c = /b'])
})

test('merge: a hard link to nothing is an error', () => {
  conflict([layer('a', { b: hardlink('a') })], {}, { code: 'tree.link-missing', message: /"\/b".*"\/a"/ })
})

test('merge: a whiteout remains only if it is alone at its path; an opaque follows its directory', () => {
  const tree = mergeTrees([
    layer('a', { x: whiteout(), y: whiteout(), z: opaqueDirectory() }, 9),
    layer('b', { x: file(''), 'z/q': file('') }),
  ])
  treeContract(tree)
  assert.deepEqual(lines(tree), [
    'file /x 644 0:0 ""',
    'whiteout /y',
    'directory /z 755 0:0',
    'opaque /z',
    'file /z/q 644 0:0 ""',
  ])
})

test('merge: the work grows linearly with the entries', () => {
  let compared = 0
  const watched = (index: number): Ranked =>
    layer(
      `p${index}`,
      Object.fromEntries(
        Array.from({ length: 300 }, (_, n) => [
          `d${index % 10}/f${index}-${n}`,
          file({ size: 1, open: () => [Buffer.from([++compared])] }),
        ]),
      ),
    )
  const layers = Array.from({ length: 60 }, (_, index) => watched(index))
  assert.equal(mergedEntries(layers).toArray().length, 18_010)
  assert.equal(compared, 0)
})
