/** Damaged and malicious packages: an error that says so, or a tree that stays within its root, and no leftovers. */
import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { BuildError } from '../../src/base/error.ts'
import { debNormaliser } from '../../src/debian/normaliser.ts'
import type { ScriptCommand } from '../../src/debian/root/scripts/command.ts'
import { possibleCommands } from '../../src/debian/root/scripts/possible.ts'
import { readSharedObject } from '../../src/format/elf.ts'
import { openUnpacked } from '../../src/store/cache/unpacked.ts'
import { unpackArchive } from '../../src/store/unpack.ts'
import { debOf, type FakePackage } from '../support/debian-archive.ts'
import { temporaryFolder } from '../support/temporary.ts'

const folder = temporaryFolder()

async function unpack(bytes: Uint8Array): Promise<readonly string[]> {
  const target = join(folder, 'x')
  writeFileSync(`${target}.deb`, bytes)
  await unpackArchive(`${target}.deb`, debNormaliser, { target: target, temporary: folder })
  return [...(openUnpacked(target)?.tree.entries() ?? [])].map((entry) => entry.path)
}

/** A repeatable sequence of numbers below a limit (a linear congruential generator). */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % below
  }
}

const sample: FakePackage = {
  name: 'sample',
  files: [
    ['./usr/bin/a', 'a'.repeat(3000)],
    ['./usr/bin/b', { hardlink: './usr/bin/a' }],
    ['./usr/lib/c', { symlink: '../../etc' }],
  ],
}

test('deb: 1000 packages with changed, missing and added bytes are refused or read, without leftovers', async () => {
  const next = numbers(1)
  const good = debOf(sample)
  for (let round = 0; round < 1000; round++) {
    const bad = Buffer.from(good)
    for (let count = next(4); count >= 0; count--) bad[next(bad.length)] = next(256)
    const cut = round % 3 === 0 ? bad.subarray(0, next(bad.length)) : bad
    const bytes = round % 7 === 0 ? Buffer.concat([cut.subarray(0, next(cut.length)), cut]) : cut
    await unpack(bytes).catch((error: unknown) => assert.ok(error instanceof BuildError, String(error)))
  }
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('deb-')),
    [],
  )
})

test('deb: names that leave the root are refused', async () => {
  for (const files of [
    [['../../etc/passwd', 'x']],
    [['usr/../../x', 'x']],
    [['usr/bin/a', { hardlink: '../../etc/passwd' }]],
  ] as const) {
    await assert.rejects(unpack(debOf({ name: 'bad', files })), BuildError, JSON.stringify(files))
  }
})

test('deb: names below the package’s own links are resolved inside the root, as in dpkg', async () => {
  const files = [
    ['usr/lib/x', { symlink: '/etc' }],
    ['usr/lib/x/up', { symlink: '../../..' }],
    ['usr/lib/x/up/passwd', 'x'],
  ] as const
  const paths = await unpack(debOf({ name: 'links', files }))
  assert.deepEqual(paths.slice(0, 4), ['etc', 'etc/up', 'passwd', 'usr'])
})

test('deb: a dangling or cyclic hard link is refused with its place', async () => {
  const cases: readonly (readonly [files: NonNullable<FakePackage['files']>, message: RegExp])[] = [
    [
      [['./usr/bin/a', { hardlink: './usr/bin/nothing' }]],
      /"usr\/bin\/a" leads to "usr\/bin\/nothing", which is missing/,
    ],
    [[['./bin/a', { hardlink: './bin/nothing' }]], /"usr\/bin\/a" leads to "usr\/bin\/nothing", which is missing/],
    [[['./usr/a', { hardlink: './usr/a' }]], /refers back to itself/],
    [
      [
        ['./usr/a', { hardlink: './usr/b' }],
        ['./usr/b', { hardlink: './usr/a' }],
      ],
      /refers back to itself/,
    ],
    [
      [
        ['./usr/a', { hardlink: './usr/b' }],
        ['./usr/b', { hardlink: './usr/c' }],
      ],
      /which is missing/,
    ],
  ]
  for (const [files, message] of cases)
    await assert.rejects(unpack(debOf({ name: 'bad', files })), { code: 'archive.invalid', message })
  assert.ok((await unpack(debOf(sample))).includes('usr/bin/b'))
})

test('deb: absolute names, and names below another package’s links, stay within the root', async () => {
  const paths = await unpack(
    debOf({
      name: 'odd',
      files: [
        ['/etc//x/', ''],
        ['/bin/./y', 'y'],
      ],
    }),
  )
  assert.deepEqual(paths.slice(0, 5), ['etc', 'etc/x', 'usr', 'usr/bin', 'usr/bin/y'])
})

test('deb: a package with an invalid name cannot place its record elsewhere', async () => {
  await assert.rejects(unpack(debOf({ name: 'x', fields: { Package: '../../../etc/passwd' } })), BuildError)
})

test('maintainer scripts: arbitrary text is parsed quickly and without an error', () => {
  const next = numbers(2)
  const pieces = [
    'for i in',
    ' a b',
    '; do ',
    'done',
    '\n',
    '"',
    "'",
    '`',
    '$(',
    ')',
    '${',
    '}',
    '$x',
    'f() {',
    '<<EOF',
    '\\',
    ' ',
    '=',
    '#',
    'f ',
  ]
  for (let round = 0; round < 2000; round++) {
    const text = Array.from({ length: next(60) }, () => pieces[next(pieces.length)]).join('')
    commandsOf(text)
  }
})

test('maintainer scripts: exponential functions, loops, undecided branches and values terminate', () => {
  const calls = Array.from({ length: 30 }, (_, index) => `f${index + 1}() { f${index}; f${index}; }`).join('\n')
  const many = 100_000
  assert.ok(commandsOf(`f0() { run; }\n${calls}\nf30\n`).length < many)
  const loops = (body: string) => `${'for i in 1 2 3 4 5 6 7 8 9; do '.repeat(12)} ${body}; ${'done; '.repeat(12)}`
  for (const body of ['run', 'a=b', 'a=b$a', 'if x; then a=$i; fi'])
    assert.ok(commandsOf(loops(body)).length < many, body)
  assert.ok(commandsOf(`${'if x; then '.repeat(90)} run; ${'fi; '.repeat(90)}`).length > 0)
  assert.ok(commandsOf('f() { if x; then f; else f; fi; }\nf').length < many)
  assert.ok(commandsOf('while :; do run; done').length < many)
  const doubling = `v=x\n${'v=$v$v\n'.repeat(60)}run $v\n`
  assert.deepEqual(commandsOf(doubling).at(-1), { name: 'run', words: [undefined] })
})

test('maintainer scripts: deeply nested ones are skipped without an error', () => {
  for (const [open, close] of [
    ['(', ')'],
    ['{ ', '; }'],
    ['$(', ')'],
    ['"${x:-', '}"'],
    ['if a; then ', '; fi'],
    ['$((', '))'],
  ])
    assert.ok(commandsOf(`${open?.repeat(20_000)}run${close?.repeat(20_000)}`).length < 10, open)
})

function commandsOf(text: string): readonly ScriptCommand[] {
  return possibleCommands({ name: 'x', control: new Map([['postinst', Buffer.from(`#!/bin/sh\n${text}`)]]) })
}

test('ELF: random bytes after the magic number are not an error', () => {
  const next = numbers(3)
  for (let round = 0; round < 2000; round++) {
    const bytes = Buffer.from(Array.from({ length: 64 + next(400) }, () => (next(3) === 0 ? next(256) : next(4))))
    bytes.set([0x7f, 0x45, 0x4c, 0x46, 1 + next(2), 1 + next(2)])
    bytes[16] = 3
    readSharedObject((offset, size) => bytes.subarray(offset, offset + size))
  }
})
