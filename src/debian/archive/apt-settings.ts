/**
 * Settings of this machine's apt: the addresses of its Debian archive, and its network configuration. Falls back to the environment.
 *
 * The only place that runs apt. Everything is optional: a machine without apt has `SLIPWAY_DEBIAN_MIRROR` or the set's `mirrors`.
 */
import { join } from 'node:path'
import { fail } from '../../base/error.ts'
import type { Network } from '../../net/network.ts'
import { shownUrl } from '../../net/redact.ts'
import type { Machine } from '../../source/package.ts'
import {
  type AptSource,
  type Mirrors,
  mirrorListOf,
  mirrorsFrom,
  parseAptProxies,
  parseAuth,
  parseIndexTargets,
  parseMirrorList,
  parseSources,
  parseSourcesList,
} from './apt.ts'
import { securitySibling } from './security-sibling.ts'

/** apt's configuration directory. */
const aptFolder = '/etc/apt'

/** Addresses of an archive's suite and its security part. @throws BuildError debian.no-mirror */
export async function archivesOn(release: string, machine: Machine, folder: string = aptFolder): Promise<Mirrors> {
  const named = machine.environment.SLIPWAY_DEBIAN_MIRROR ?? ''
  if (named.trim() !== '') return namedMirrors(named)
  const found = await mirrorsOn(release, machine, folder)
  if (found.archive.length > 0) return found
  const [other] = sourcesIn(folder, machine).filter(isUbuntu)
  const why =
    other === undefined
      ? 'apt on this machine, if installed, has none'
      : `the sources of apt on this machine, such as ${shownUrl(new URL(other.uri))}, are not Debian's`
  return fail('debian.no-mirror', `No Debian archive is configured: ${why}.`, {
    remedy:
      'Set SLIPWAY_DEBIAN_MIRROR to the address of a Debian mirror that ends with /debian, or to those of the archive and of its security part, separated by a space; or pass `mirrors: { archive }` to debian({ … }).',
  })
}

/** Parses `SLIPWAY_DEBIAN_MIRROR`: addresses of the archive and, unless it is beside that, of the security archive. */
function namedMirrors(text: string): Mirrors {
  const urls = text
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .map((word) => URL.parse(word))
  const [archive, named, more] = urls
  const sibling = named === undefined ? securitySibling(archive?.href ?? '') : undefined
  const security = sibling === undefined ? named : new URL(sibling)
  const usable = (url: URL | null | undefined): url is URL =>
    url !== null && url !== undefined && /^(https?|file):$/.test(url.protocol)
  if (usable(archive) && usable(security) && more === undefined) return { archive: [archive], security: [security] }
  return fail(
    'debian.no-mirror',
    `SLIPWAY_DEBIAN_MIRROR must be one address that ends with /debian, or two addresses; got ${JSON.stringify(text)}.`,
    {
      remedy: 'Set it to the addresses of the archive and of the security archive, separated by a space.',
    },
  )
}

/**
 * Runs apt (half a second) unless its files are unambiguous: apt knows which codename "stable" is, and which sources are Debian's own. It
 * does so once it has lists, that is after the first `apt-get update`.
 */
async function mirrorsOn(release: string, machine: Machine, folder: string): Promise<Mirrors> {
  const sources = withMirrorLists(sourcesIn(folder, machine), machine).filter((source) => !isUbuntu(source))
  const own = mirrorsFrom(
    sources.filter(({ suite }) => suite.startsWith(release)),
    release,
  )
  if (own.archive.length === 1 && own.security.length === 1) return own
  const targets = parseIndexTargets((await machine.run('apt-get', ['indextargets', 'Created-By: Packages'])) ?? '')
  return mirrorsFrom(targets.length > 0 ? withMirrorLists(targets, machine) : sources, release)
}

/** Tells whether a source is Ubuntu's: it has other packages under Debian's names. */
function isUbuntu({ uri }: AptSource): boolean {
  const url = URL.parse(uri)
  if (url === null || !url.protocol.startsWith('http')) return false
  return /(^|\.)ubuntu\.com$/.test(url.hostname) || /\/ubuntu(-ports)?\/?$/.test(url.pathname)
}

/** For a source with a list of mirrors, as in Debian's cloud images: one source for each of them. */
function withMirrorLists(sources: readonly AptSource[], { textOf }: Machine): readonly AptSource[] {
  return sources.flatMap((source) => {
    const list = mirrorListOf(source.uri)
    return list === undefined ? [source] : parseMirrorList(textOf(list)).map((uri) => ({ ...source, uri }))
  })
}

function sourcesIn(folder: string, { textOf, filesIn }: Machine): readonly AptSource[] {
  const more = filesIn(join(folder, 'sources.list.d'))
  return [
    ...parseSourcesList(textOf(join(folder, 'sources.list'))),
    ...more.filter((file) => file.endsWith('.list')).flatMap((file) => parseSourcesList(textOf(file))),
    ...more.filter((file) => file.endsWith('.sources')).flatMap((file) => parseSources(textOf(file))),
  ]
}

/** Network configuration: apt's proxies and credentials, or the environment's proxies. */
export async function networkOn(
  { environment, run, textOf, filesIn }: Machine,
  folder: string = aptFolder,
): Promise<Network> {
  const apt = parseAptProxies((await run('apt-config', ['dump'])) ?? '')
  const variable = (name: string) => environment[name] ?? environment[name.toUpperCase()] ?? ''
  const proxy = (own: string | undefined, name: string) => (own === 'DIRECT' ? '' : (own ?? variable(name)))
  const auth = [
    join(folder, 'auth.conf'),
    ...filesIn(join(folder, 'auth.conf.d')).filter((file) => /(\.conf|\/[^.]+)$/.test(file)),
  ]
  return {
    httpProxy: proxy(apt.http, 'http_proxy'),
    httpsProxy: proxy(apt.https ?? apt.http, 'https_proxy'),
    noProxy: variable('no_proxy'),
    hostProxies: apt.hosts,
    credentials: parseAuth(auth.map(textOf).join('\n')),
  }
}
