/**
 * Paths as the kernel resolves them. One file has many paths, through links and mounts, so paths are never compared as strings; `link/..`
 * is the directory above the link's target.
 */
import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { errorCode, fail } from './error.ts'

/**
 * Resolves a path to the file's one path without links, even if its last components do not exist yet.
 *
 * @param path - absolute, or relative to the working directory.
 * @throws the system's error, such as EACCES, ENAMETOOLONG or ELOOP
 */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch (error) {
    const folder = dirname(path)
    if (errorCode(error) !== 'ENOENT' || folder === path) throw error
    const place = join(realPath(folder), basename(path))
    return lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true ? realPath(linkTarget(place)) : place
  }
}

function linkTarget(link: string): string {
  const target = readlinkSync(link)
  return isAbsolute(target) ? target : `${dirname(link)}/${target}`
}

/** Makes a path absolute, without `.` and `..`. Keeps links, except those before a `..`. @throws the system's error */
export function absolutePath(path: string): string {
  let at = isAbsolute(path) ? '/' : process.cwd()
  for (const part of path.split('/')) {
    if (part === '..') at = dirname(realPath(at))
    else if (part !== '' && part !== '.') at = join(at, part)
  }
  return at
}

/** Tells whether two paths lead to the same file or directory; undefined if one of them cannot be resolved. */
export function isSameFile(a: string, b: string): boolean | undefined {
  if (a === b) return true
  try {
    const [one, other] = [statSync(a, { bigint: true }), statSync(b, { bigint: true })]
    return one.dev === other.dev && one.ino === other.ino
  } catch {
    return undefined
  }
}

/**
 * Returns the path, unless it had bytes that are not UTF-8: Node has replaced them by U+FFFD, so the path would lead elsewhere.
 *
 * @param what - name of the path in messages.
 * @throws BuildError argument.invalid
 */
export function checkUtf8(path: string, what: string): string {
  if (!path.includes('\ufffd')) return path
  return fail('argument.invalid', `${what} has bytes that are not UTF-8: "${path}".`, {
    remedy: 'Use a name in UTF-8.',
  })
}
