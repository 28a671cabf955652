import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rememberSite } from '../source/call-sites.ts'
import type { Workshop } from '../source/package.ts'
import { lineIn } from './script-place.ts'

/** A store path whose name is a letter. */
const made = (name: string) => `/nix/store/${'0'.repeat(32)}-${name}`

/** Place of a line of a script in a file, whose first line has the call. */
function placeOf(file: readonly string[], script: string, line: number): string | undefined {
  rememberSite(script, { file: '/app/image.ts', line: 1 })
  const project: Pick<Workshop['project'], 'read'> = { read: () => Buffer.from(file.join('\n')) }
  return lineIn({ text: script }, { project } as Workshop)(line)
}

test('a store path of a script stands for anything in the file, at least one character', () => {
  const file = ['run(`', '  cp /bin/x', "  cp ${pkgs('a')}/bin/x ${b} .", '`)']
  assert.equal(placeOf(file, `\n  cp ${made('a')}/bin/x ${made('b')} .\n`, 2), '/app/image.ts:3')
  assert.equal(placeOf(['run(', '`cp /x`', '`cp ${a}/x`'], `cp ${made('a')}/x`, 1), '/app/image.ts:3')
  assert.equal(placeOf(['run(`', 'ls ', 'ls ${a}', '`)'], `\nls ${made('c')}\n`, 2), '/app/image.ts:3')
})

test('a line with many store paths is found at once in a file with long lines', () => {
  const names = [...'abcdefghijklmnop']
  const line = `  ${names.map(made).join(' ')} /srv`
  const written = `  ${names.map((name) => `\${${name}}`).join(' ')} /srv`
  const long = `// ${'one word and another, '.repeat(40)}`
  assert.equal(placeOf(['run(`', long, long, `cp \\`, written], `cp \\\n${line}`, 2), '/app/image.ts:5')
})
