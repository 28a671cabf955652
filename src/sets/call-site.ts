/** The folder of the file that called a set's function: the one place that reads the call stack. */
import { basename, dirname } from 'node:path'
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

/** Where the user's file called, behind all functions of slipway; undefined where no file did. */
export function callSite(): { readonly file: string; readonly line: number } | undefined {
  const own = slipwayFolder()
  for (const { scriptName, lineNumber } of getCallSites(50, { sourceMap: false })) {
    const file = scriptName.startsWith('file://') ? fileURLToPath(scriptName) : scriptName
    if (file.startsWith('/') && !file.startsWith(`${own}/`)) return { file, line: lineNumber }
  }
  return undefined
}

/** The folder of slipway's code: `src`, or the one that the bundle is in. */
function slipwayFolder(): string {
  const here = import.meta.dirname
  return basename(here) === 'sets' ? dirname(here) : here
}
