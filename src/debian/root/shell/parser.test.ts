import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseScript } from './parser.ts'
import type { Command } from './syntax.ts'

/** A tree in one line. */
function shown(command: Command | undefined): string {
  switch (command?.kind) {
    case undefined:
      return 'unreadable'
    case 'simple':
      return command.source
    case 'list':
      return `{${command.commands.map(shown).join('; ')}}`
    case 'and':
    case 'or':
      return `(${shown(command.left)} ${command.kind} ${shown(command.right)})`
    case 'pipeline':
      return `${command.negated ? '! ' : ''}[${command.commands.map(shown).join(' | ')}]`
    case 'if':
      return `if ${command.clauses.map(({ condition, body }) => `${shown(condition)} → ${shown(body)}`).join(', ')}${command.otherwise === undefined ? '' : ` else ${shown(command.otherwise)}`}`
    case 'for':
      return `for ${command.name} in ${command.words?.map(({ source }) => source).join(',') ?? '"$@"'}: ${shown(command.body)}`
    case 'while':
      return `${command.until ? 'until' : 'while'} ${shown(command.condition)}: ${shown(command.body)}`
    case 'case':
      return `case ${command.word.source}: ${command.arms.map(({ patterns, body }) => `${patterns.map(({ source }) => source).join('|')} → ${shown(body)}`).join(', ')}`
    case 'subshell':
      return `(${shown(command.body)})`
    case 'function':
      return `${command.name}(): ${shown(command.body)}`
    case 'redirected':
      return `${shown(command.body)} ${command.redirections.map(({ operator, target }) => `${operator}${target.source}`).join(' ')}`
    case 'unknown':
      return `?${command.source}`
  }
}

test('parser: lists, and, or, pipes, negation and groups', () => {
  assert.equal(
    shown(parseScript('a && b || c; ! d | e &\n(f; g) >x; { h; }')),
    '{((a and b) or c); ! [d | e]; ({f; g}) >x; h}',
  )
  assert.equal(shown(parseScript('a &&\n\n b # comment\n#\n| c')), 'unreadable')
  assert.equal(shown(parseScript('a |\n b')), '[a | b]')
})

test('parser: if, case, loops and functions, with any line breaks', () => {
  assert.equal(shown(parseScript('if a; then b; elif c\nthen d\nelse e; fi')), 'if a → b, c → d else e')
  assert.equal(shown(parseScript('case "$1" in\n (x|y) a ;;\n\n *)\n b\n c;;\nesac')), 'case "$1": x|y → a, * → {b; c}')
  assert.equal(shown(parseScript('case $x in a) b; esac')), 'case $x: a → b')
  assert.equal(
    shown(parseScript('for i in a "b c" $d; do e; done; for j; do f; done')),
    '{for i in a,"b c",$d: e; for j in "$@": f}',
  )
  assert.equal(shown(parseScript('while a; do b; done <in\nuntil c\ndo d; done')), '{while a: b <in; until c: d}')
  assert.equal(shown(parseScript('f ( ) {\n a\n}\nfunction g { b; }\nh() (c)')), '{f(): a; g(): b; h(): (c)}')
})

test('parser: quotes, substitutions and here-documents keep their contents together', () => {
  assert.equal(
    shown(parseScript('a "$(b "c d")" \'e;f\' `g | h` ${i:-j k} \\;')),
    'a "$(b "c d")" \'e;f\' `g | h` ${i:-j k} \\;',
  )
  assert.equal(shown(parseScript('cat <<A <<-"B"; c\nx $y\nA\n\tz\n\tB\nd')), '{cat <<A <<-"B"; c; d}')
  assert.equal(shown(parseScript('[[ a == b && c ]] && d; x=(1 2) e')), '{([[ a == b && c ]] and d); x=(1 2) e}')
})

test('parser: reserved words in other positions are ordinary words', () => {
  assert.equal(shown(parseScript('echo if then; if=1; adone')), '{echo if then; if=1; adone}')
})

test('parser: invalid scripts are unreadable', () => {
  for (const text of [
    'if a; then',
    'a "',
    "a '",
    '$(',
    '`a',
    'case a in b',
    'a )',
    'fi',
    '}',
    '${x',
    '<',
    'a |',
    'f() ;',
    'for',
    '((1',
  ])
    assert.equal(shown(parseScript(text)), 'unreadable', text)
})
