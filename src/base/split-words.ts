/** Commands in a single string. */
import { fail } from './error.ts'

/**
 * Splits a command into words, with a shell's quoting and no other syntax. @throws BuildError argument.invalid - an unclosed quote, or no
 * words
 */
export function splitWords(text: string): readonly string[] {
  const words = [...text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word)
  const isWhole = text.replace(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g, '').trim() === ''
  if (isWhole && words.length > 0)
    return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, (_quoted, double, single) => double ?? single))
  return fail('argument.invalid', `${JSON.stringify(text)} is not a command.`, {
    remedy: 'Write a program and its arguments, such as "docker exec -i NODE"; close every quote.',
  })
}
