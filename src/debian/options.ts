/** The options of a Debian package set: what may be said, checked as soon as it is said. */
import { resolve } from 'node:path'
import {
  checkBoolean,
  checkList,
  checkObject,
  checkOneOf,
  checkString,
  checkStrings,
  optional,
  refuse,
} from '../base/check.ts'
import { fail } from '../base/error.ts'

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
  /** Sorted; "script-helpers" stands for that list (script-helpers.ts). */
  readonly omit: readonly string[]
  readonly exclude: readonly ('doc' | 'man' | 'locale')[]
  readonly packageRecords: 'status.d' | 'dpkg' | 'none'
  readonly sandbox: 'namespace' | 'fakeroot' | 'vm' | undefined
}

const known = [
  'suite',
  'architecture',
  'mirrors',
  'snapshot',
  'keyring',
  'lock',
  'directory',
  'essential',
  'recommends',
  'prefer',
  'omit',
  'exclude',
  'packageRecords',
  'sandbox',
]

/** Debian's names of its architectures (dpkg-architecture(1), release ports). */
const architectures = ['amd64', 'arm64', 'armel', 'armhf', 'i386', 'mips64el', 'ppc64el', 'riscv64', 's390x'] as const

const sandboxes = ['namespace', 'fakeroot', 'vm'] as const

/** Names that mean another release every two years. */
const moving: Readonly<Record<string, string>> = {
  unstable: 'Write "sid".',
  stable: 'Write the release\'s codename, such as "bookworm".',
  oldstable: 'Write the release\'s codename, such as "bookworm".',
  oldoldstable: 'Write the release\'s codename, such as "bookworm".',
  testing: 'Write the release\'s codename, such as "bookworm".',
}

/**
 * The options with their defaults.
 *
 * @param home - the folder of the file that called, absolute.
 * @throws BuildError argument.invalid, argument.unknown
 */
export function checkDebianOptions(options: DebianOptions, home: string): DebianSet {
  const given = checkObject(options, 'debian', known)
  const text = (name: string) => optional(given[name], undefined, (value) => checkString(value, `debian: ${name}`))
  const directory = resolve(home, text('directory') ?? '.')
  const file = (name: string) =>
    optional(text(name), undefined, (value) => resolve(directory, checkString(value, name)))
  return {
    suite: checkSuite(given.suite),
    architecture: optional(given.architecture, undefined, (value) =>
      checkOneOf(value, 'debian: architecture', architectures),
    ),
    mirrors: optional(given.mirrors, undefined, checkMirrors),
    snapshot: checkSnapshot(text('snapshot'), directory),
    keyring: file('keyring'),
    lock: file('lock'),
    directory,
    essential: optional(given.essential, 'shell', (value) =>
      checkOneOf(value, 'debian: essential', ['shell', 'none', 'all']),
    ),
    recommends: optional(given.recommends, false, (value) => checkBoolean(value, 'debian: recommends')),
    prefer: optional(given.prefer, [], (value) => checkStrings(value, 'debian: prefer')),
    omit: optional(given.omit, [], checkOmit),
    exclude: optional(given.exclude, [], checkExclude),
    packageRecords: optional(given.packageRecords, 'status.d', (value) =>
      checkOneOf(value, 'debian: packageRecords', ['status.d', 'dpkg', 'none']),
    ),
    sandbox: optional<DebianSet['sandbox']>(given.sandbox, undefined, (value) =>
      checkOneOf(value, 'debian: sandbox', sandboxes),
    ),
  }
}

function checkSuite(value: unknown): string {
  const suite = checkString(value, 'debian: suite')
  const remedy = moving[suite]
  if (remedy !== undefined) {
    fail('argument.invalid', `debian: suite is "${suite}", a name that moves from release to release.`, { remedy })
  }
  if (/^[a-z][a-z0-9.+-]*$/.test(suite)) return suite
  return refuse('debian: suite', value, 'a codename, such as "bookworm"')
}

function checkMirrors(value: unknown): DebianSet['mirrors'] {
  const { archive, security } = checkObject(value, 'debian: mirrors', ['archive', 'security'])
  const mirrors = {
    archive: checkAddresses(archive, 'debian: mirrors.archive'),
    security: checkAddresses(security, 'debian: mirrors.security'),
  }
  return mirrors.archive.length > 0 ? mirrors : refuse('debian: mirrors.archive', archive, 'at least one address')
}

function checkAddresses(value: unknown, place: string): readonly string[] {
  const texts = typeof value === 'string' ? [value] : checkStrings(value, place)
  return texts.map((text) => checkAddress(text, place))
}

function checkAddress(text: string, place: string): string {
  const protocol = URL.parse(text)?.protocol ?? ''
  return ['http:', 'https:', 'file:'].includes(protocol)
    ? text
    : refuse(place, text, 'an address with http, https or file')
}

function checkSnapshot(text: string | undefined, directory: string): string | undefined {
  if (text === undefined) return undefined
  return /^[a-z+]+:\/\//.test(text) ? checkAddress(text, 'debian: snapshot') : resolve(directory, text)
}

function checkOmit(value: unknown): readonly string[] {
  return value === 'script-helpers' ? [value] : [...new Set(checkStrings(value, 'debian: omit'))].sort()
}

function checkExclude(value: unknown): DebianSet['exclude'] {
  return checkList(value, 'debian: exclude').map((item, index) =>
    checkOneOf(item, `debian: exclude[${index}]`, ['doc', 'man', 'locale']),
  )
}
