/** Call sites: the one place that reads the call stack. */
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getCallSites } from 'node:util'
import { fail } from '../base/error.ts'

/** Returns the directory of the caller's caller: called by `debian()`, that of the `image.ts`. @throws BuildError argument.invalid */
export function callersFolder(asker: string): string {
  // 0 is this function, 1 its caller, 2 the caller of that.
  const site = getCallSites(3, { sourceMap: false })[2]
  const file = site?.scriptName ?? ''
  if (file.startsWith('file://')) return dirname(fileURLToPath(file))
  if (file.startsWith('/')) return dirname(file)
  return fail(
    'argument.invalid',
    `${asker}() was not called from a file, so its lock and its relative paths have no directory.`,
    {
      remedy: `Write ${asker}({ directory: import.meta.dirname, … }).`,
    },
  )
}

/** Returns the innermost call in a file outside slipway; undefined if there is none. */
export function callSite(): { readonly file: string; readonly line: number } | undefined {
  const own = slipwayFolder()
  for (const { scriptName, lineNumber } of getCallSites(50, { sourceMap: false })) {
    const file = scriptName.startsWith('file://') ? fileURLToPath(scriptName) : scriptName
    if (file.startsWith('/') && !file.startsWith(`${own}/`)) return { file, line: lineNumber }
  }
  return undefined
}

/** Returns the directory of slipway's code: `src`, or the bundle's. */
function slipwayFolder(): string {
  const here = import.meta.dirname
  return basename(here) === 'sets' ? dirname(here) : here
}
