/** Entry of an npm lock file (package-lock.json, "packages"): a place in the tree and the package installed there. */

/** An entry, with the fields that slipway reads. */
export interface LockEntry {
  /** Relative to the lock file's directory: "" is the root project, "node_modules/express" a package, "packages/api" a workspace. */
  readonly place: string
  /** The package's own name, which differs from that of the place for an alias. */
  readonly name: string
  readonly version: string
  readonly resolved: string | undefined
  readonly integrity: string | undefined
  /** Whether it is a link to the directory `resolved`. */
  readonly link: boolean
  readonly dev: boolean
  readonly optional: boolean
  readonly devOptional: boolean
  readonly peer: boolean
  /** Whether it is in another package's tarball, and has none of its own. */
  readonly inBundle: boolean
  readonly extraneous: boolean
  readonly hasInstallScript: boolean
  readonly hasShrinkwrap: boolean
  readonly os: readonly string[]
  readonly cpu: readonly string[]
  readonly libc: readonly string[]
  /** Range of Node versions. */
  readonly node: string | undefined
  /** Command → file. */
  readonly bin: ReadonlyMap<string, string>
  readonly dependencies: Ranges
  readonly devDependencies: Ranges
  readonly optionalDependencies: Ranges
  readonly peerDependencies: Ranges
  /** Names of peer dependencies that may be missing. */
  readonly optionalPeers: ReadonlySet<string>
}

/** Name → range, as in a package.json. */
export type Ranges = ReadonlyMap<string, string>
