/** Commands that run an engine's own command elsewhere, such as `docker exec -i NODE` or `ssh HOST`. */
import { basename } from 'node:path'

/** Returns the words that run a command through another one. ssh passes its arguments to a shell, so they are quoted. */
export function throughVia(via: readonly string[], words: readonly string[]): readonly string[] {
  const isShell = basename(via[0] ?? '') === 'ssh'
  return [...via, ...(isShell ? words.map(shellWord) : words)]
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
