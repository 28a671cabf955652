/** The options of a Debian package set: what may be said, checked as soon as it is said. */
import { checkBoolean, checkList, checkObject, checkOneOf, checkString, checkStrings, optional, refuse } from '../../base/check.ts'
import { fail } from '../../base/error.ts'
import { scriptHelpers } from './script-helpers.ts'

/** Where an archive is to be had: one address or several, most preferred first, for each of its two bases. */
export interface DebianMirrors {
  readonly archive: string | readonly string[]
  /** The base of the security suite; an empty list for an archive that has none. */
  readonly security: string | readonly string[]
}

/** What `debian({ … })` takes. */
export interface DebianOptions {
  /** The codename, such as "bookworm": with its updates and security parts. "bookworm-backports" adds the backports. */
  readonly suite: string
  /** Debian's name of it, such as "amd64" or "arm64". Default: the machine's. */
  readonly architecture?: string | null
  /** Default: what the machine's own apt is set to, else `SLIPWAY_DEBIAN_MIRROR`. */
  readonly mirrors?: DebianMirrors | null
  /** Where superseded `.deb`s are found: the address of a snapshot service, or a folder that `slipway lock --vendor` wrote. */
  readonly snapshot?: string | null
  /** A file of OpenPGP public keys. Default: the Debian archive's, which ship with slipway. */
  readonly keyring?: string | null
  /** The lock file. Default: the nearest `slipway.lock` from the home upwards. */
  readonly lock?: string | null
  /** The home, from which relative paths start. Default: the folder of the file that called. */
  readonly directory?: string | null
  /** "shell" (default): dash as data where libc6 is; "all": every Essential package; "none". */
  readonly essential?: 'shell' | 'none' | 'all' | null
  /** Whether Recommends are followed as apt does by default. Default: false. */
  readonly recommends?: boolean | null
  /** Packages to take wherever a dependency leaves a choice, most preferred first. */
  readonly prefer?: readonly string[] | null
  /** Packages that count as present but are laid out nowhere; "script-helpers" names those that only maintainer scripts need. */
  readonly omit?: 'script-helpers' | readonly string[] | null
  /** Files to leave out of layers. */
  readonly exclude?: readonly ('doc' | 'man' | 'locale')[] | null
  /** How installed packages are recorded in the image. Default: "status.d". */
  readonly packageRecords?: 'status.d' | 'dpkg' | 'none' | null
  /** Where commands run. */
  readonly sandbox?: 'namespace' | 'fakeroot' | 'vm' | null
}

/** Checked options with their defaults; plain data. */
export interface DebianSet {
  readonly suite: string
  readonly architecture: string | undefined
  readonly mirrors: { readonly archive: readonly string[]; readonly security: readonly string[] } | undefined
  readonly snapshot: string | undefined
  readonly keyring: string | undefined
  readonly lock: string | undefined
  /** The home: an absolute folder. */
  readonly directory: string
  readonly essential: 'shell' | 'none' | 'all'
  readonly recommends: boolean
  readonly prefer: readonly string[]
  readonly omit: readonly string[]
  readonly exclude: readonly ('doc' | 'man' | 'locale')[]
  readonly packageRecords: 'status.d' | 'dpkg' | 'none'
  readonly sandbox: 'namespace' | 'fakeroot' | 'vm' | undefined
}
