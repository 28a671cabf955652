/** The folder of the file that called a set's function: the one place that reads the call stack. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getCallSites } from 'node:util'
import { fail } from '../base/error.ts'

/** The folder of the caller's caller: `debian()` asks, and gets where the `image.ts` lies. @throws BuildError argument.invalid */
export function callersFolder(asker: string): string {
  // 0 is this function, 1 the asker, 2 who called it.
  const site = getCallSites(3, { sourceMap: false })[2]
  const file = site?.scriptName ?? ''
  if (file.startsWith('file://')) return dirname(fileURLToPath(file))
  if (file.startsWith('/')) return dirname(file)
  return fail(
    'argument.invalid',
    `${asker}() was not called from a file, so its lock and its relative paths have no home.`,
    {
      remedy: `Write ${asker}({ directory: import.meta.dirname, … }).`,
    },
  )
}
