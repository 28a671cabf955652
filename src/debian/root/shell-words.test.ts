import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseStatements } from './shell-words.ts'

function sources(script: string): readonly (readonly string[])[] {
  return parseStatements(script).map((statement) => statement.map(({ source }) => source))
}

test('shell words: operators, new lines and parentheses end a statement; joined lines and comments do not', () => {
  assert.deepEqual(sources('a b && c | d; e # f ; g\nh \\\n  i#j\n(k)'), [
    ['a', 'b'],
    ['c'],
    ['d'],
    ['e'],
    ['h', 'i#j'],
    ['k'],
  ])
})

test('shell words: redirections and here-documents are passed over', () => {
  assert.deepEqual(sources('a >/dev/null 2>&1 b\ncat <<-EOF > x\n\tupdate-alternatives\n\tEOF\nc <<"END"\nd\nEND\ne'), [
    ['a', 'b'],
    ['cat'],
    ['c'],
    ['e'],
  ])
})

test('shell words: quotes, escapes and variables become parts', () => {
  const [[word] = []] = parseStatements(`a\\ b'c d'"e $v \\"f\\""\${w}$x$(ls 'a)' (b))\`c\`\${y%z}$(`)
  const shown = word?.parts.map((part) => {
    if (part.kind === 'text') return part.text
    return part.kind === 'variable' ? `<${part.name}${part.quoted ? ' quoted' : ''}>` : '<?>'
  })
  assert.equal(shown?.join(''), 'a bc de <v quoted> "f"<w><x><?><?><?><?>')
})

test('shell words: the start of a function is one word', () => {
  assert.deepEqual(sources('f() { a; }\ng ()\n{\nb\n}'), [['f()', '{', 'a'], ['}'], ['g()'], ['{'], ['b'], ['}']])
})

test('shell words: a text that ends within quotes or brackets ends', () => {
  for (const text of ['"a', "'a", '$(a', '`a', '${a', 'a\\', 'cat <<E\nx', 'a >'])
    assert.ok(parseStatements(text).length <= 1)
})
