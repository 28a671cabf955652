/** Platforms of packages: the fields `os`, `cpu` and `libc` of package.json, and the Node versions in `engines`. */
import semver from 'semver'
import type { LockEntry } from '../lock-file/entry.ts'

/** Platform of an image. */
export interface Platform {
  /** In Node's spelling: "x64" or "arm64". */
  readonly cpu: string
  readonly libc: 'glibc' | 'musl'
  /** Version of Node; undefined if it is not known, as in a base image. */
  readonly node: string | undefined
}

/** Converts an architecture to Node's spelling. */
export function cpuOf(architecture: string): string {
  return architecture === 'amd64' ? 'x64' : architecture
}

/** Tells whether a package may be installed on a platform. */
export function fits({ os, cpu, libc }: LockEntry, platform: Platform): boolean {
  return allows(os, 'linux') && allows(cpu, platform.cpu) && allows(libc, platform.libc)
}

/** Tells whether a package accepts the platform's version of Node. */
export function fitsNode({ node }: LockEntry, platform: Platform): boolean {
  if (node === undefined || platform.node === undefined) return true
  return semver.satisfies(platform.node, node, { includePrerelease: true })
}

/** A list contains allowed values or, with "!", forbidden ones; "any" alone allows everything. */
function allows(list: readonly string[], value: string): boolean {
  if (list.length === 0 || (list.length === 1 && list[0] === 'any')) return true
  if (list.includes(`!${value}`)) return false
  return list.includes(value) || list.every((each) => each.startsWith('!'))
}
