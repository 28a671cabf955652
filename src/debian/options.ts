/** Options of a Debian package set, checked when they are passed. */
import { resolve } from 'node:path'
import {
  arrayOf,
  type Check,
  checkArguments,
  checkBoolean,
  checkString,
  checkStrings,
  objectOf,
  oneOf,
  orDefault,
  refuse,
} from '../base/check.ts'
import { fail } from '../base/error.ts'
import { checkWritten } from '../source/placeholder.ts'
import { securitySibling } from './archive/security-sibling.ts'

/** Addresses of an archive: one or several, most preferred first, for each of its two parts. */
export interface DebianMirrors {
  /**
   * Base address of the archive.
   *
   * @example 'https://mirror.example.org/debian'
   */
  readonly archive: string | readonly string[]
  /**
   * Base address of the security archive; an empty array for an archive without one. Default: `…/debian-security` beside each archive whose
   * address ends with `/debian`.
   */
  readonly security?: string | readonly string[] | null
}

/** Options of `debian`. `null` always means the default. */
export interface DebianOptions {
  /**
   * Codename of the release, with its updates and security parts; "trixie-backports" adds the backports.
   *
   * @example 'trixie'
   */
  readonly suite: string
  /** Architecture in Debian's spelling, such as "amd64" or "arm64". Default: this machine's. */
  readonly architecture?: string | null
  /** Addresses of the archive. Default: those of the machine's apt, or `SLIPWAY_DEBIAN_MIRROR`. */
  readonly mirrors?: DebianMirrors | null
  /**
   * Source of superseded `.deb` files: the address of a snapshot service, asked after all mirrors, or a directory that
   * `slipway lock --vendor` wrote, asked before them.
   */
  readonly snapshot?: string | null
  /** File of OpenPGP public keys that verify the archive. Default: the Debian archive's keys, which ship with slipway. */
  readonly keyring?: string | null
  /** Lock file. Default: the nearest `slipway.lock` in the home or a directory above it. */
  readonly lock?: string | null
  /** Home directory of the set, from which relative paths start. Default: the directory of the calling file. */
  readonly directory?: string | null
  /**
   * Essential packages to add: "shell", dash if the closure has libc6; "tools", dash, coreutils (with `env`), findutils, grep and sed; "all", every
   * one; or "none". Default: "shell".
   */
  readonly essential?: 'shell' | 'tools' | 'none' | 'all' | null
  /** Whether to follow Recommends as well as Depends. Default: false. */
  readonly recommends?: boolean | null
  /**
   * Packages to choose wherever a dependency offers a choice, most preferred first. Default: none.
   *
   * @example ['mawk']
   */
  readonly prefer?: readonly string[] | null
  /**
   * Packages that count as installed but whose files are omitted; "script-helpers" stands for those that only maintainer scripts need.
   * Default: none.
   */
  readonly omit?: 'script-helpers' | readonly string[] | null
  /** Kinds of files to exclude from images. Default: none. */
  readonly exclude?: readonly ('doc' | 'man' | 'locale')[] | null
  /** How the image records its packages: "status.d", one file for each; "dpkg", dpkg's own database; or "none". Default: "status.d". */
  readonly packageRecords?: 'status.d' | 'dpkg' | 'none' | null
  /**
   * Where shell commands run: in a "namespace"; in "fakeroot", without isolation; or "auto", the first of these that works. Default:
   * "auto".
   */
  readonly sandbox?: 'auto' | 'namespace' | 'fakeroot' | null
}

/** Checked options with their defaults; plain data. */
export interface DebianSet {
  readonly suite: string
  readonly architecture: string | undefined
  readonly mirrors: { readonly archive: readonly string[]; readonly security: readonly string[] } | undefined
  readonly snapshot: string | undefined
  readonly keyring: string | undefined
  readonly lock: string | undefined
  /** Home directory: an absolute path. */
  readonly directory: string
  readonly essential: 'shell' | 'tools' | 'none' | 'all'
  readonly recommends: boolean
  readonly prefer: readonly string[]
  /** Sorted; "script-helpers" is expanded (script-helpers.ts). */
  readonly omit: readonly string[]
  readonly exclude: readonly ('doc' | 'man' | 'locale')[]
  readonly packageRecords: 'status.d' | 'dpkg' | 'none'
  readonly sandbox: 'auto' | 'namespace' | 'fakeroot' | undefined
}

/** Debian's names of its architectures (dpkg-architecture(1), release ports). */
const architectures = ['amd64', 'arm64', 'armel', 'armhf', 'i386', 'mips64el', 'ppc64el', 'riscv64', 's390x'] as const

/** Names that mean another release every two years. */
const moving: Readonly<Record<string, string>> = {
  unstable: 'Write "sid".',
  stable: 'Write the release\'s codename, such as "bookworm".',
  oldstable: 'Write the release\'s codename, such as "bookworm".',
  oldoldstable: 'Write the release\'s codename, such as "bookworm".',
  testing: 'Write the release\'s codename, such as "bookworm".',
}

/**
 * Checks options and fills in defaults.
 *
 * @param home - directory of the calling file, absolute
 * @throws BuildError argument.invalid, argument.unknown - with all mistakes at once
 */
export function checkDebianOptions(options: DebianOptions, home: string): DebianSet {
  const checked = checkArguments('debian', options, {
    suite,
    architecture: orDefault(oneOf(architectures), undefined),
    mirrors: orDefault(mirrors, undefined),
    snapshot: orDefault(snapshot, undefined),
    keyring: orDefault(checkWritten, undefined),
    lock: orDefault(checkWritten, undefined),
    directory: orDefault(checkWritten, '.'),
    essential: orDefault(oneOf(['shell', 'tools', 'none', 'all']), 'shell'),
    recommends: orDefault(checkBoolean, false),
    prefer: orDefault(checkStrings, []),
    omit: orDefault(omit, []),
    exclude: orDefault(arrayOf(oneOf(['doc', 'man', 'locale'])), []),
    packageRecords: orDefault(oneOf(['status.d', 'dpkg', 'none']), 'status.d'),
    sandbox: orDefault(oneOf(['auto', 'namespace', 'fakeroot']), undefined),
  })
  const directory = resolve(home, checked.directory)
  const from = (file: string | undefined) => (file === undefined ? undefined : resolve(directory, file))
  return {
    ...checked,
    directory,
    keyring: from(checked.keyring),
    lock: from(checked.lock),
    snapshot: isAddress(checked.snapshot) ? checked.snapshot : from(checked.snapshot),
  }
}

const suite: Check<string> = (value, place) => {
  const name = checkString(value, place)
  const remedy = moving[name]
  if (remedy !== undefined) {
    fail('argument.invalid', `${place} must be a codename; "${name}" means another release over time.`, {
      remedy,
      detail: { place },
    })
  }
  if (/^[a-z][a-z0-9.+-]*$/.test(name)) return name
  return refuse(place, value, 'a codename, such as "bookworm"')
}

const expectedAddress = 'an address with http, https or file'

const address: Check<string> = (value, place) => {
  const text = checkString(value, place)
  const protocol = URL.parse(text)?.protocol ?? ''
  return ['http:', 'https:', 'file:'].includes(protocol) ? text : refuse(place, value, expectedAddress)
}

const addresses: Check<readonly string[]> = (value, place) =>
  typeof value === 'string'
    ? [address(value, place)]
    : arrayOf(address, 'an address or an array of addresses')(value, place)

const someAddresses: Check<readonly string[]> = (value, place) => {
  const some = addresses(value, place)
  return some.length > 0 ? some : refuse(place, value, 'at least one address')
}

const givenMirrors = objectOf({ archive: someAddresses, security: orDefault(addresses, undefined) })

const mirrors: Check<NonNullable<DebianSet['mirrors']>> = (value, place) => {
  const { archive, security } = givenMirrors(value, place)
  const beside = (): readonly string[] => archive.flatMap((each) => securitySibling(each) ?? [])
  const found = security ?? beside()
  if (security === undefined && found.length === 0)
    refuse(
      `${place}.security`,
      security,
      'an address, or [] for none, since no address of the archive ends with "/debian"',
    )
  return { archive, security: found }
}

/** Address of a service, or a directory. */
const snapshot: Check<string> = (value, place) => {
  const text = checkWritten(value, place)
  return isAddress(text) ? address(text, place) : text
}

function isAddress(text: string | undefined): boolean {
  return text !== undefined && /^[a-z+]+:\/\//.test(text)
}

const omit: Check<readonly string[]> = (value, place) =>
  value === 'script-helpers' ? [value] : [...new Set(checkStrings(value, place))].sort()
