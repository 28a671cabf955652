/** `init`: writes a first `image.ts` for a project. */

import { basename, join } from 'node:path'
import { checkString } from '../base/check.ts'
import { absolutePath } from '../base/real-path.ts'
import { checkCall, givenOptions, optional } from './call.ts'
import { readProjectFile, writeProjectFile } from './project.ts'

/** Options of `init`. */
export interface InitOptions {
  /** Directory of the project. Default: the working directory. */
  readonly directory?: string
}

/** Result of `init`. */
export interface InitResult {
  /** Files that were written, relative to the project's directory; `isNew` tells whether the file was created. */
  readonly written: readonly { readonly file: string; readonly isNew: boolean }[]
  /** Decisions with their reasons, one sentence each. */
  readonly decisions: readonly string[]
  /** Commands to run next, some with a comment. */
  readonly next: readonly string[]
}

/**
 * Writes an `image.ts` that fits a project, and a `tsconfig.json`, ignore rules and a script in `package.json` where they are missing.
 * Overwrites nothing.
 *
 * @example
 * import { init } from 'slipway'
 *
 * const { decisions } = await init({ directory: '/home/me/project' })
 * console.log(decisions.join('\n'))
 * @throws BuildError npm.lock-invalid, project.unreadable, project.unwritable
 */
export async function init(options: InitOptions = {}): Promise<InitResult> {
  checkCall('init', { options }, { options: givenOptions({ directory: optional(checkString) }) })
  const { directory = '.' } = options
  const [{ planFor }, { thisMachine }] = await Promise.all([import('../init/plan.ts'), import('./machine.ts')])
  const home = absolutePath(directory)
  const machine = thisMachine({})
  const plan = planFor({
    name: basename(home),
    text: (file) => textIn(join(home, file)),
    hasDirectory: (name) => machine.filesIn(join(home, name)).length > 0,
  })
  for (const { file, text } of plan.writes) await writeProjectFile(join(home, file), Buffer.from(text, 'utf8'))
  const { writes, decisions, next } = plan
  return { written: writes.map(({ file, isNew }) => ({ file, isNew })), decisions, next }
}

function textIn(file: string): string | undefined {
  const bytes = readProjectFile(file)
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}
