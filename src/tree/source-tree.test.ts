import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { missing } from '../../test/support/command.ts'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { sourceTree } from './source-tree.ts'

const asRoot: string | false = process.getuid?.() === 0 ? false : 'needs root'

function refuses(place: string, message: RegExp): void {
  assert.throws(() => [...sourceTree(place).entries()], { code: 'disk.unsupported-entry', message })
}

test('source tree: a named pipe is refused with its path, alone or in a directory', { skip: missing('mkfifo') }, () => {
  const folder = temporaryFolder()
  execFileSync('mkfifo', [join(folder, 'pipe')])
  refuses(join(folder, 'pipe'), /^"\/.*\/pipe" is a named pipe, .* Pass a file or a directory\.$/)
  refuses(folder, /\/pipe" is a named pipe, .* Leave it out with an ignore pattern\.$/)
  assert.deepEqual([...sourceTree(folder, { ignore: { patterns: ['pipe'] } }).entries()].length, 1)
})

test('source tree: a device is refused', { skip: asRoot || missing('mknod') }, () => {
  const folder = temporaryFolder()
  execFileSync('mknod', [join(folder, 'null'), 'c', '1', '3'])
  refuses(folder, /\/null" is a device/)
})

test('source tree: setuid and setgid bits of files are refused; those of directories are ignored', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'bin'))
  chmodSync(join(folder, 'bin'), 0o2755)
  writeFileSync(join(folder, 'bin/su'), '')
  assert.equal([...sourceTree(folder).entries()].length, 3)
  chmodSync(join(folder, 'bin/su'), 0o4755)
  refuses(folder, /\/bin\/su" has the set-user-ID bit, .* root\.chmod\(…, 0o4755\)/)
  chmodSync(join(folder, 'bin/su'), 0o2755)
  refuses(folder, /\/bin\/su" has the set-group-ID bit/)
})

test('source tree: file capabilities are refused', { skip: asRoot || missing('setcap') }, (t) => {
  const folder = temporaryFolder()
  copyFileSync('/bin/true', join(folder, 'ping'))
  try {
    execFileSync('setcap', ['cap_net_raw+ep', join(folder, 'ping')], { stdio: 'ignore' })
  } catch {
    return t.skip('the file system holds no capabilities')
  }
  refuses(folder, /\/ping" has file capabilities, .*setcap -r/)
})
