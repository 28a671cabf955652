/** Addresses of a set's archive: its own `mirrors`, or the machine's settings; requests to several addresses. */
import { pathToFileURL } from 'node:url'
import { BuildError, fail } from '../../base/error.ts'
import type { Workshop } from '../../source/package.ts'
import type { Base, LockedIndex } from '../lock/resolution.ts'
import type { DebianSet } from '../options.ts'
import type { Mirrors } from './apt.ts'
import { archivesOn } from './apt-settings.ts'

/** A suite of an archive and the part that it belongs to. */
export interface Part {
  readonly suite: string
  readonly base: Base
}

/** Addresses of a set's two parts. @throws BuildError debian.no-mirror */
export async function mirrorsOf(set: DebianSet, shop: Workshop): Promise<Mirrors> {
  if (set.mirrors === undefined) return machinesMirrors(releaseOf(set.suite), shop)
  const urls = (texts: readonly string[]) => texts.map((text) => new URL(text))
  return { archive: urls(set.mirrors.archive), security: urls(set.mirrors.security) }
}

const asked = new WeakMap<Workshop, Map<string, Promise<Mirrors>>>()

/** The machine's settings, read once per build: apt takes half a second, and each package needs them. */
function machinesMirrors(release: string, shop: Workshop): Promise<Mirrors> {
  const known = asked.get(shop) ?? new Map<string, Promise<Mirrors>>()
  asked.set(shop, known)
  const found = known.get(release) ?? archivesOn(release, shop.machine)
  known.set(release, found)
  return found
}

/** "trixie" for "trixie-backports". */
function releaseOf(suite: string): string {
  return suite.replace(/-backports(-sloppy)?$/, '')
}

/**
 * Suites that a suite's name stands for: with its updates and security parts; sid has none. Backports only if named.
 *
 * @throws BuildError debian.no-mirror if it has a security part and no address is configured for that
 */
export function partsOf(set: DebianSet, mirrors: Mirrors): readonly Part[] {
  const release = releaseOf(set.suite)
  const archive = (suite: string): Part => ({ suite, base: 'archive' })
  if (release === 'sid') return [archive('sid')]
  if (mirrors.security.length === 0 && set.mirrors === undefined) {
    fail('debian.no-mirror', `No address is configured for the security updates of ${release}.`, {
      remedy: 'Pass `mirrors: { archive, security }`, or set SLIPWAY_DEBIAN_MIRROR to both addresses.',
      detail: { suite: release },
    })
  }
  return [
    archive(release),
    archive(`${release}-updates`),
    ...(mirrors.security.length === 0 ? [] : [{ suite: `${release}-security`, base: 'security' } as const]),
    ...(release === set.suite ? [] : [archive(set.suite)]),
  ]
}

/** Address of a file below a base. */
export function below(base: URL, file: string): URL {
  const folder = new URL(base)
  if (!folder.pathname.endsWith('/')) folder.pathname += '/'
  return new URL(encodeURI(file), folder)
}

/**
 * Base address in a set's `snapshot` for one of its indexes: of a service, `archive/<name>/<date>/` (the layout of Debian's snapshot
 * service); of a vendored directory, the directory itself.
 */
export function snapshotOf(
  { snapshot }: DebianSet,
  { base, date }: Pick<LockedIndex, 'base' | 'date'>,
): URL | undefined {
  if (snapshot === undefined) return undefined
  if (snapshot.startsWith('file:')) return new URL(snapshot)
  if (!/^https?:/.test(snapshot)) return pathToFileURL(snapshot)
  const name = base === 'archive' ? 'debian' : 'debian-security'
  return below(new URL(snapshot), `archive/${name}/${date.replace(/[-:]/g, '')}/`)
}

/** Returns the first success; otherwise throws the most informative failure (a missing file says less than an unreachable server). */
export async function fromFirst<T>(urls: readonly URL[], ask: (url: URL) => Promise<T>): Promise<T> {
  const failures: BuildError[] = []
  for (const url of urls) {
    try {
      return await ask(url)
    } catch (thrown) {
      if (!(thrown instanceof BuildError)) throw thrown
      failures.push(thrown)
    }
  }
  throw failures.find((failure) => !isMissing(failure)) ?? failures[0] ?? new Error('unreachable: no address to ask')
}

/** Tells whether a failure means that the server works but the file is missing. */
export function isMissing(thrown: unknown): boolean {
  return (
    thrown instanceof BuildError &&
    thrown.code === 'network.status' &&
    [404, 410].includes(Number(thrown.detail.status))
  )
}
