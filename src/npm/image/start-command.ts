/** Derives the command of an image from `scripts.start` of package.json. Pure. */
import { fail } from '../../base/error.ts'

/**
 * Returns the words after `node` of a start script: the Cmd of an image whose Entrypoint is Node.
 *
 * @param start - the script; undefined if package.json has none.
 * @param file - the package.json, for messages.
 * @throws BuildError npm.start - there is none, or it needs a shell or another program
 */
export function startCommand(start: string | undefined, file: string): readonly string[] {
  if (start === undefined) return refuse(`${file} has no script "start", so the image has no command.`, file)
  const [program, ...words] = wordsOf(start) ?? refuse(`The script "start" of ${file} needs a shell: ${start}`, file)
  if (program !== 'node') refuse(`The script "start" of ${file} does not run node: ${start}`, file)
  return words.length > 0 ? words : refuse(`The script "start" of ${file} runs node without a file.`, file)
}

/** Splits a shell command that consists of words, possibly quoted; undefined if it needs a shell (POSIX.1-2017, 2.2). */
export function wordsOf(command: string): readonly string[] | undefined {
  const text = command.trim()
  // Words are matched character by character: parts that a word could be divided into in many ways would be tried in all of them.
  const isPlain = /^(?:[\w@%+=:,./~ \t-]|[^\p{ASCII}\s]|'[^']*'|"[^"$`\\!]*")+$/u.test(text) && !/(?:^|\s)~/.test(text)
  if (!isPlain || /^\w+=/.test(text)) return undefined
  return (text.match(/(?:[^\s'"]+|'[^']*'|"[^"]*")+/g) ?? []).map((word) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  )
}

function refuse(fact: string, file: string): never {
  return fail('npm.start', fact.endsWith('.') ? fact : `${fact}.`, {
    remedy: 'Give config: { Cmd: ["dist/server.js"] }, the words after `node`.',
    detail: { file },
  })
}
