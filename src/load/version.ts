/** The running copy of slipway: its version and the location of its files. Reads its own package.json and nothing else. */
import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { isPlainObject } from '../base/document.ts'

/** The version of the running copy, such as "0.1.0". */
export function runningVersion(): string {
  const file = findPackageJSON('.', import.meta.url)
  const version = file === undefined ? undefined : versionIn(file)
  if (version === undefined) throw new Error('unreachable: slipway has no package.json with a version')
  return version
}

/** Returns the version in a package.json; undefined when it is unreadable or has none. */
export function versionIn(file: string): string | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return isPlainObject(value) && typeof value.version === 'string' ? value.version : undefined
  } catch {
    return undefined
  }
}

/** The public entry of the running copy: the source in development, the bundle when published. */
export function runningEntry(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? '../index.ts' : './index.js', import.meta.url)
}
