/** Comments, test names and documents stay in idiomatic English: each phrase below has a plainer standard form. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')

/** Phrase → what to write instead. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [/\bwhoever\b|\bsomebody\b/, 'the user, the caller, another process'],
  [/\bof late\b/, 'recently'],
  [/\bfor ever\b/, 'permanently'],
  [/\bto be had\b/, 'available'],
  [/\bas it stands\b|\bas they stand\b/, 'unchanged'],
  [/\bgiven back\b/, 'returned'],
  [/\b(?:lie|lies) (?:in|below|at|beside|under|behind|beneath)\b/, 'is in, is below'],
  [/\bstands? (?:at|behind|beside|below|there)\b/, 'is at, follows'],
  [/\b(?:comes?|brings?) along\b/, 'is included'],
  [
    /\bis no (?:digest|directory|error|file|hash|image|list|name|number|object|package|path|script|text|tree)\b/,
    'is not a',
  ],
  [/\b(?:is|are) told\b/, 'is reported, gets'],
  [/\bwhere it is none\b/, 'if it is not one'],
]

test('prose: no phrase that has a plainer form', () => {
  const found = [...proseLines()].flatMap(({ place, line }) =>
    phrases
      .filter(([phrase]) => phrase.test(line.toLowerCase()))
      .map(([, instead]) => `${place}: write “${instead}”: ${line.trim()}`),
  )
  assert.deepEqual(found, [])
})

/** Lines of documents, comments, and names of tests. */
function* proseLines(): Generator<{ readonly place: string; readonly line: string }> {
  const files = globSync(
    ['{src,test,bench,scripts,examples}/**/*.ts', '{.,docs,docs/*,src/*,test/*,bench,data}/*.md'],
    {
      cwd: root,
      exclude: ['**/prose.test.ts'],
    },
  )
  for (const file of files.sort()) {
    const isDocument = file.endsWith('.md')
    for (const [index, line] of readFileSync(join(root, file), 'utf8').split('\n').entries())
      if (isDocument || /^\s*(?:\/\*\*|\*|\/\/)|^\s*(?:test|it|describe)\(/.test(line))
        yield { place: `${file}:${index + 1}`, line }
  }
}
