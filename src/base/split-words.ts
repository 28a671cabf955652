/** Commands that are given as one string. */
import { fail } from './error.ts'

/** Splits a command into words: quotes are a shell's, and nothing else is. @throws BuildError argument.invalid - a quote is open, or there is no word */
export function splitWords(text: string): readonly string[] {
  const words = [...text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word)
  const isWhole = text.replace(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g, '').trim() === ''
  if (isWhole && words.length > 0)
    return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, (_quoted, double, single) => double ?? single))
  return fail('argument.invalid', `${JSON.stringify(text)} is not a command.`, {
    remedy: 'Write a program and its arguments, such as "docker exec -i NODE"; close every quote.',
  })
}
