import assert from 'node:assert/strict'
import { test } from 'node:test'
import { treeContract } from '../../test/contract/tree.contract.ts'
import { lines } from '../../test/support/trees.ts'
import { applyEdits } from './apply-edits.ts'
import { type Root, record } from './edit.ts'
import { directory, executable, file, hardlink, type Item, memoryTree, symlink, whiteout } from './memory.ts'
import { overlay } from './overlay.ts'
import { withoutHardlinks } from './transform.ts'
import { emptyTree, type Tree } from './tree.ts'

type Items = Readonly<Record<string, Item>>

function edited(items: Items, commands: (root: Root) => void): readonly string[] {
  const tree = applyEdits(memoryTree(items), record(commands, 'commands'))
  treeContract(tree)
  return lines(tree)
}

/** Returns the changes over a lower tree, and checks that applying them gives the same result as editing a merged tree. */
function editedOver(lower: Tree, commands: (root: Root) => void, upper: Tree = emptyTree): readonly string[] {
  const edits = record(commands, 'commands')
  const layer = applyEdits(upper, edits, { lower })
  treeContract(layer, { parents: false })
  const expected = withoutHardlinks(applyEdits(overlay([lower, upper]), edits))
  assert.deepEqual(lines(withoutHardlinks(overlay([lower, layer]))), lines(expected))
  return lines(layer)
}

function refused(items: Items, commands: (root: Root) => void, expected: { code: string; message: RegExp }): void {
  assert.throws(() => applyEdits(memoryTree(items), record(commands, 'commands'), { place: 'commands' }), expected)
}

test('mkdir: creates parents; an existing directory gets the options', () => {
  assert.deepEqual(
    edited({ 'a/x': file('') }, (root) => {
      root.mkdir('/home/jane', { mode: 0o700, uid: 1000, gid: 1000 })
      root.mkdir('a', { mode: 0o711 })
      root.mkdir('a')
      root.mkdir('a', { mode: 0o700, ifMissing: true })
    }),
    ['directory /a 711 0:0', 'file /a/x 644 0:0 ""', 'directory /home 755 0:0', 'directory /home/jane 700 1000:1000'],
  )
  refused({ a: file('') }, (root) => root.mkdir('/a/b'), {
    code: 'edit.conflict',
    message: /command 1, root\.mkdir "\/a\/b": "\/a" is not a directory/,
  })
  refused({ a: file('') }, (root) => root.mkdir('/a'), {
    code: 'edit.conflict',
    message: /"\/a" exists and is not a directory/,
  })
})

test('mkdir: sets permissions of the root itself', () => {
  assert.deepEqual(
    edited({}, (root) => root.mkdir('/', { mode: 0o711 })),
    ['directory / 711 0:0'],
  )
})

test('write: creates, replaces and keeps permissions; a missing parent is an error that numbers the command', () => {
  assert.deepEqual(
    edited({ a: executable('old', { uid: 5 }), b: file('b'), c: symlink('a'), d: file('') }, (root) => {
      root.write('/a', 'new')
      root.write('/b', 'never', { ifMissing: true })
      root.write('/c', new Uint8Array([255]), { mode: 0o600 })
      root.write('/e', 'ä')
    }),
    [
      'file /a 755 5:0 "new"',
      'file /b 644 0:0 "b"',
      'file /c 600 0:0 "\xff"',
      'file /d 644 0:0 ""',
      'file /e 644 0:0 "Ã¤"',
    ],
  )
  refused(
    { a: directory() },
    (root) => {
      root.write('/a/x', '')
      root.write('/b/c/x', '')
    },
    {
      code: 'edit.missing',
      message: /^commands: command 2, root\.write "\/b\/c\/x": "\/b" does not exist/,
    },
  )
  refused({ a: directory() }, (root) => root.write('/a', ''), {
    code: 'edit.conflict',
    message: /"\/a" is a directory/,
  })
  refused({}, (root) => root.write('/', ''), { code: 'edit.conflict', message: /"\/" is a directory/ })
})

test('append: to a file, to a missing one, and to the target of a link', () => {
  assert.deepEqual(
    edited({ a: file('1', { mode: 0o600 }), b: symlink('a') }, (root) => {
      root.append('/a', '2')
      root.append('/b', '3')
      root.append('/c', '4')
      root.append('/d', '5', { ifMissing: 'skip' })
    }),
    ['file /a 600 0:0 "12"', 'file /b 600 0:0 "123"', 'file /c 644 0:0 "4"'],
  )
  refused({ a: symlink('/nix/store/x') }, (root) => root.append('/a', ''), {
    code: 'edit.missing',
    message: /"\/nix" does not exist/,
  })
})

test('append: a link becomes a file; its other names remain links', () => {
  assert.deepEqual(
    edited({ a: file('1'), b: symlink('a'), c: hardlink('b') }, (root) => root.append('/b', '2')),
    ['file /a 644 0:0 "1"', 'file /b 644 0:0 "12"', 'symlink /c 777 0:0 -> a'],
  )
})

test('link and symlink: a second name shares its object; a link of the name is replaced', () => {
  assert.deepEqual(
    edited({ a: file('1'), c: symlink('x') }, (root) => {
      root.link('/a', '/b')
      root.symlink('ä', '/c', { uid: 4 })
      root.symlink('never', '/a', { ifMissing: true })
      root.write('/b', '2')
    }),
    ['file /a 644 0:0 "2"', 'hardlink /b = /a', 'symlink /c 777 4:0 -> ä'],
  )
  refused({ d: directory() }, (root) => root.link('/d', '/e'), {
    code: 'edit.conflict',
    message: /"\/d" is a directory/,
  })
  refused({ d: directory() }, (root) => root.symlink('x', '/d'), {
    code: 'edit.conflict',
    message: /"\/d" is a directory/,
  })
  refused({}, (root) => root.link('/a', '/b'), { code: 'edit.missing', message: /"\/a" does not exist/ })
})

test('copy: a directory with its contents, merged into an existing one, never into itself', () => {
  assert.deepEqual(
    edited({ 'a/x': file('1', { uid: 3 }), 'a/y/z': symlink('q'), 'b/w': file(''), 'b/x': file('2') }, (root) =>
      root.copy('/a', '/b'),
    ).slice(4),
    [
      'directory /b 755 0:0',
      'file /b/w 644 0:0 ""',
      'file /b/x 644 3:0 "1"',
      'directory /b/y 755 0:0',
      'symlink /b/y/z 777 0:0 -> q',
    ],
  )
  refused({ 'a/b': directory() }, (root) => root.copy('/a', '/a/b/c'), {
    code: 'edit.conflict',
    message: /"\/a" would be copied into itself/,
  })
  refused({ a: directory(), b: file('') }, (root) => root.copy('/a', '/b'), {
    code: 'edit.conflict',
    message: /"\/b" is not a directory/,
  })
  refused({ a: directory(), b: file('') }, (root) => root.copy('/b', '/a'), {
    code: 'edit.conflict',
    message: /"\/a" is a directory/,
  })
})

test('copy: the copy is independent of the original', () => {
  assert.deepEqual(
    edited({ a: file('1') }, (root) => {
      root.copy('/a', '/b')
      root.chmod('/b', 0o600)
    }),
    ['file /a 644 0:0 "1"', 'file /b 600 0:0 "1"'],
  )
})

test('chmod and chown: recursion reaches everything; chmod skips links', () => {
  assert.deepEqual(
    edited({ 'a/b/x': file(''), 'a/l': symlink('x') }, (root) => {
      root.chmod('/a', 0o700, { recursive: true })
      root.chown('/a', { uid: 5 }, { recursive: true })
      root.chown('/a/b', { gid: 6 })
      root.chmod('/missing', 0o7, { ifMissing: 'skip' })
      root.chown('/missing', { uid: 0 }, { ifMissing: 'skip' })
    }),
    ['directory /a 700 5:0', 'directory /a/b 700 5:6', 'file /a/b/x 700 5:0 ""', 'symlink /a/l 777 5:0 -> x'],
  )
  refused({ a: symlink('b') }, (root) => root.chmod('/a', 0o700), {
    code: 'edit.conflict',
    message: /"\/a" is a symbolic link/,
  })
  refused({}, (root) => root.chmod('/a', 0o700), { code: 'edit.missing', message: /"\/a" does not exist/ })
  refused({}, (root) => root.chown('/a', { uid: 0 }), { code: 'edit.missing', message: /"\/a" does not exist/ })
})

test('chmod: changes all names of an object', () => {
  assert.deepEqual(
    edited({ a: file('1'), b: hardlink('a') }, (root) => root.chmod('/b', 0o600)),
    ['file /a 600 0:0 "1"', 'hardlink /b = /a'],
  )
})

test('remove: everything below; the other names of an object remain', () => {
  assert.deepEqual(
    edited({ 'a/x': file('1'), b: hardlink('a/x'), c: hardlink('b'), d: symlink('a') }, (root) => {
      root.remove('/a')
      root.remove('/d')
      root.remove('/e', { ifMissing: 'skip' })
    }),
    ['file /b 644 0:0 "1"', 'hardlink /c = /b'],
  )
  refused({}, (root) => root.remove('/a'), { code: 'edit.missing', message: /"\/a" does not exist/ })
  refused({}, (root) => root.remove('/'), { code: 'edit.conflict', message: /cannot be removed/ })
})

test('paths are resolved through links inside the tree, and never leave it', () => {
  assert.deepEqual(
    edited(
      { bin: symlink('../../usr/bin/'), 'usr/bin': directory(), 'a/up': symlink('/bin/..'), loop: symlink('loop') },
      (root) => {
        root.write('/bin/x', '')
        root.write('/a/up/y', '')
        root.mkdir('/bin/z')
      },
    ).slice(4),
    [
      'directory /usr 755 0:0',
      'directory /usr/bin 755 0:0',
      'file /usr/bin/x 644 0:0 ""',
      'directory /usr/bin/z 755 0:0',
      'file /usr/y 644 0:0 ""',
    ],
  )
  refused({ loop: symlink('loop') }, (root) => root.write('/loop/x', ''), {
    code: 'edit.conflict',
    message: /"\/loop" is not a directory/,
  })
  refused({ dangling: symlink('/nix/store/x') }, (root) => root.write('/dangling/x', ''), {
    code: 'edit.missing',
    message: /"\/nix" does not exist/,
  })
})

const base = memoryTree({
  bin: symlink('usr/bin'),
  'usr/bin/sh': executable('sh'),
  'etc/passwd': file('root\n', { mode: 0o640 }),
  'opt/a/b': file('b'),
  'opt/a/c': hardlink('opt/a/b'),
})

test('over a lower tree: the result contains only the changes, without their parent directories', () => {
  assert.deepEqual(
    editedOver(base, (root) => {
      root.write('/bin/x', '')
      root.append('/etc/passwd', 'jane\n')
      root.chmod('/bin/sh', 0o4755)
    }),
    ['file /etc/passwd 640 0:0 "root\\njane\\n"', 'file /usr/bin/sh 4755 0:0 "sh"', 'file /usr/bin/x 644 0:0 ""'],
  )
})

test('over a lower tree: a removed entry becomes a whiteout, a recreated directory hides the old contents', () => {
  assert.deepEqual(
    editedOver(base, (root) => {
      root.remove('/opt/a/c')
      root.remove('/etc')
      root.remove('/bin')
      root.mkdir('/etc')
      root.write('/etc/x', '1')
    }),
    ['whiteout /bin', 'directory /etc 755 0:0', 'opaque /etc', 'file /etc/x 644 0:0 "1"', 'whiteout /opt/a/c'],
  )
})

test('over a lower tree: a file created and removed leaves no trace', () => {
  assert.deepEqual(
    editedOver(base, (root) => {
      root.mkdir('/a/b')
      root.remove('/a')
    }),
    [],
  )
})

test('over a lower tree: a directory becomes a file and a directory again', () => {
  assert.deepEqual(
    editedOver(base, (root) => {
      root.remove('/opt')
      root.write('/opt', '')
      root.remove('/opt')
      root.mkdir('/opt/a')
    }),
    ['directory /opt 755 0:0', 'opaque /opt', 'directory /opt/a 755 0:0'],
  )
})

test('over a lower tree: a hard link to a lower file carries its content and is independent of it', () => {
  assert.deepEqual(
    editedOver(base, (root) => root.link('/opt/a/b', '/opt/d')),
    ['file /opt/d 644 0:0 "b"'],
  )
  const edits = record((root: Root) => {
    root.link('/opt/a/b', '/opt/d')
    root.write('/opt/d', '2')
    root.copy('/opt/a/b', '/opt/e')
  }, 'commands')
  assert.deepEqual(lines(applyEdits(emptyTree, edits, { lower: base })), [
    'file /opt/d 644 0:0 "2"',
    'file /opt/e 644 0:0 "b"',
  ])
})

test('over an unknown lower tree: whiteouts are kept, and a recreated directory hides everything', () => {
  assert.deepEqual(
    edited({ a: whiteout(), b: whiteout() }, (root) => root.mkdir('/b')),
    ['whiteout /a', 'directory /b 755 0:0', 'opaque /b'],
  )
})

test('over a lower tree: whiteouts of the tree itself are kept', () => {
  const upper = memoryTree({ 'opt/a': whiteout(), 'etc/motd': file('hi') })
  assert.deepEqual(
    editedOver(base, (root) => root.write('/opt/x', ''), upper),
    [
      'directory /etc 755 0:0',
      'file /etc/motd 644 0:0 "hi"',
      'directory /opt 755 0:0',
      'whiteout /opt/a',
      'file /opt/x 644 0:0 ""',
    ],
  )
})
