/**
 * Paths as the kernel understands them. One file has many paths, through links and mounts: paths are never compared as strings, and
 * `link/..` is the directory above what the link points at.
 */
import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { errorCode, fail } from './error.ts'

/**
 * The one path of a file without links in it, also where its last parts do not exist yet.
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

/** An absolute path without `.` and `..`. Links stay, but for those before a `..`. @throws the system's error */
export function absolutePath(path: string): string {
  let at = isAbsolute(path) ? '/' : process.cwd()
  for (const part of path.split('/')) {
    if (part === '..') at = dirname(realPath(at))
    else if (part !== '' && part !== '.') at = join(at, part)
  }
  return at
}

/** Whether two paths lead to one file or directory; undefined when one of them cannot be followed. */
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
 * The path, unless it had bytes that are not UTF-8: Node has put U+FFFD in their place, so it would lead elsewhere.
 *
 * @param what - what the message calls it.
 * @throws BuildError argument.invalid
 */
export function checkUtf8(path: string, what: string): string {
  if (!path.includes('\ufffd')) return path
  return fail('argument.invalid', `${what} has bytes that are not UTF-8: "${path}".`, {
    remedy: 'Use a name in UTF-8.',
  })
}
