import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type Edit, type Root, record } from './edit.ts'

const place = 'fakeRootCommands'
const recorded = (commands: (root: Root) => void): readonly Edit[] => record(commands, place)

test('record: every command becomes plain frozen JSON, in order', () => {
  const edits = recorded((root) => {
    root.mkdir('/home/jane', { mode: 0o700, uid: 1000, gid: 1000, ifMissing: true })
    root.write('/etc/motd', '${pkg}\n', { mode: 0o600 })
    root.write('/etc/raw', new Uint8Array([0, 255]))
    root.append('/etc/passwd', 'jane\n', { ifMissing: 'skip', uid: 0 })
    root.link('/a', '/b')
    root.symlink('../x', '/c', { uid: 3 })
    root.copy('/a', '/d', { ifMissing: true })
    root.chmod('/d', 0o755, { recursive: true })
    root.chown('/d', { uid: 5 }, { recursive: true, ifMissing: 'skip' })
    root.remove('/e', { ifMissing: 'skip' })
  })
  assert.deepEqual(edits, [
    { command: 'mkdir', path: '/home/jane', mode: 0o700, uid: 1000, gid: 1000, ifMissing: true },
    { command: 'write', path: '/etc/motd', content: { text: '${pkg}\n' }, mode: 0o600 },
    { command: 'write', path: '/etc/raw', content: { base64: 'AP8=' } },
    { command: 'append', path: '/etc/passwd', content: { text: 'jane\n' }, uid: 0, ifMissing: 'skip' },
    { command: 'link', target: '/a', path: '/b' },
    { command: 'symlink', target: '../x', path: '/c', uid: 3 },
    { command: 'copy', from: '/a', path: '/d', ifMissing: true },
    { command: 'chmod', path: '/d', mode: 0o755, recursive: true },
    { command: 'chown', path: '/d', uid: 5, recursive: true, ifMissing: 'skip' },
    { command: 'remove', path: '/e', ifMissing: 'skip' },
  ])
  assert.deepEqual(JSON.parse(JSON.stringify(edits)), edits)
  assert.ok(Object.isFrozen(edits) && edits.every((edit) => Object.isFrozen(edit)))
})

test('record: null, false and omitted are the same', () => {
  const [bare] = recorded((root) => root.mkdir('/a'))
  assert.deepEqual(
    recorded((root) => {
      root.mkdir('/a', null)
      root.mkdir('/a', { mode: null, uid: null, gid: null, ifMissing: false })
      root.mkdir('/a', {})
    }),
    [bare, bare, bare],
  )
})

test('record: later changes to the caller’s content have no effect', () => {
  const content = new Uint8Array([65])
  const edits = recorded((root) => root.write('/a', content))
  content[0] = 66
  assert.deepEqual(edits, [{ command: 'write', path: '/a', content: { base64: 'QQ==' } }])
})

test('record: a wrong argument is reported at once, with its place', () => {
  const cases: readonly (readonly [commands: (root: Root) => void, code: string, message: RegExp])[] = [
    [
      (root) => root.chmod('/a', 0o10000),
      'argument.invalid',
      /^fakeRootCommands: root\.chmod: mode must be an integer from 0 to 0o7777, or a symbolic mode, .*; got 4096\./,
    ],
    [(root) => root.chmod('/a', 1.5), 'argument.invalid', /root\.chmod: mode/],
    [(root) => root.mkdir('/a', { uid: -1 }), 'argument.invalid', /root\.mkdir: options\.uid/],
    [(root) => root.mkdir('/a', { gid: 2 ** 32 - 1 }), 'argument.invalid', /root\.mkdir: options\.gid/],
    [
      (root) => root.mkdir('/a/../../b'),
      'path.invalid',
      /root\.mkdir: path: The path "\/a\/\.\.\/\.\.\/b" leaves its root/,
    ],
    [(root) => root.copy('../a', '/b'), 'path.invalid', /root\.copy/],
    [(root) => root.remove('/a\0'), 'path.invalid', /root\.remove/],
    [(root) => root.symlink('', '/a'), 'argument.invalid', /root\.symlink: target/],
    [
      (root) => root.chown('/a', {}),
      'argument.invalid',
      /root\.chown: owner must be the owner, such as \{ user: "app"/,
    ],
    [
      (root) => Reflect.apply(root.mkdir, root, ['/a', { modes: 1 }]),
      'argument.unknown',
      /root\.mkdir: options .*"modes".*"mode"/,
    ],
    [(root) => Reflect.apply(root.mkdir, root, [7]), 'argument.invalid', /root\.mkdir: path must be a string; got 7/],
    [
      (root) => Reflect.apply(root.write, root, ['/a', 7]),
      'argument.invalid',
      /root\.write: content must be .*; got 7/,
    ],
    [
      (root) => Reflect.apply(root.remove, root, ['/a', { ifMissing: true }]),
      'argument.invalid',
      /root\.remove: options\.ifMissing .*"skip"/,
    ],
    [
      (root) => Reflect.apply(root.mkdir, root, ['/a', { ifMissing: 'skip' }]),
      'argument.invalid',
      /root\.mkdir: options\.ifMissing/,
    ],
    [
      (root) => Reflect.apply(root.chmod, root, ['/a', 0o755, { recursive: 1 }]),
      'argument.invalid',
      /root\.chmod: options\.recursive/,
    ],
  ]
  for (const [commands, code, message] of cases) assert.throws(() => recorded(commands), { code, message })
})

test('record: all mistakes of a command are reported together', () => {
  assert.throws(
    () => recorded((root) => Reflect.apply(root.write, root, [7, 8, { mode: -1, uid: 'x', modes: 1 }])),
    (error: Error) =>
      ['path must', 'content must', 'options.mode must', 'options.uid must', '"modes"'].every((part) =>
        error.message.includes(part),
      ),
  )
})

test('record: a non-function or an async function is refused', async () => {
  assert.throws(() => record('mkdir /a', place), {
    code: 'argument.invalid',
    message: /^fakeRootCommands must be a function.*; got "mkdir/,
  })
  const late = async (root: Root): Promise<void> => {
    await setImmediate()
    root.mkdir('/a')
  }
  assert.throws(() => record(late, place), { code: 'argument.invalid', message: /async function/ })
  await setImmediate()
})

test('record: a command after the function has returned is refused', () => {
  let kept: Root | undefined
  recorded((root) => {
    kept = root
  })
  assert.throws(() => kept?.mkdir('/a'), { code: 'argument.invalid', message: /after the function had returned/ })
})
