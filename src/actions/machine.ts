/** Access to this machine's settings: environment variables, files, and the output of programs. */
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Machine } from '../source/package.ts'
import { readRegularFile } from '../store/regular-file.ts'

/** Returns access to this machine, with the values of environment variables. */
export function thisMachine(environment: Machine['environment']): Machine {
  return { environment, textOf, filesIn, run: (program, words) => run(program, words, environment) }
}

/** Returns the files of a directory, sorted by name; none if it does not exist. */
function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

/** Returns the text of a file; empty if it is missing or not readable, as apt's credentials may be. */
function textOf(file: string): string {
  try {
    return readRegularFile(file).toString('utf8')
  } catch {
    return ''
  }
}

async function run(
  program: string,
  words: readonly string[],
  environment: Machine['environment'],
): Promise<string | undefined> {
  const options = { env: { ...environment, LC_ALL: 'C' }, maxBuffer: 64 * 1024 * 1024 }
  try {
    return (await promisify(execFile)(program, [...words], options)).stdout
  } catch {
    return undefined
  }
}
