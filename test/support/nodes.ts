/** Other builds of Node for tests: named by environment variables, since no package manager installs several side by side. */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A Node, as the first words of a command line; or why there is none. */
export interface AnotherNode {
  readonly words: readonly string[]
  readonly skip: string | false
}

/**
 * The Node in an environment variable: a program, with words before its own arguments (an emulator's) if necessary, separated by spaces.
 *
 * @throws Error if it is not set and SLIPWAY_TEST_STRICT is
 */
export function anotherNode(variable: string): AnotherNode {
  const words = (process.env[variable] ?? '').split(' ').filter((word) => word !== '')
  if (words.length > 0) return { words, skip: false }
  if (process.env.SLIPWAY_TEST_STRICT === '1') throw new Error(`${variable} should be set`)
  return { words, skip: `${variable} is not set: that Node is not installed` }
}

/** A Node in PATH that is too old for slipway; or why there is none. */
export function olderNode(): { readonly file: string; readonly skip: string | false } {
  const files = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'))
  for (const file of files.filter((candidate) => existsSync(candidate))) {
    const [major = 0, minor = 0] = spawnSync(file, ['-p', 'process.versions.node'], { encoding: 'utf8' })
      .stdout.split('.')
      .map(Number)
    if (major < 24 || (major === 24 && minor < 15)) return { file, skip: false }
  }
  return { file: '', skip: 'no Node older than 24.15 in PATH' }
}
