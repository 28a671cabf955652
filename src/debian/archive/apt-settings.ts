/**
 * What this machine's apt is set to: where its Debian archive is, and how the network is reached. Else the environment.
 *
 * The only place that asks apt. Everything may be missing: a machine without apt has `SLIPWAY_DEBIAN_MIRROR` or the set's `mirrors`.
 */
import { join } from 'node:path'
import { fail } from '../../base/error.ts'
import type { Network } from '../../net/network.ts'
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

/** apt's folder of settings. */
const aptFolder = '/etc/apt'

/** Where an archive's suite and its security part are. @throws BuildError debian.no-mirror */
export async function archivesOn(release: string, machine: Machine, folder: string = aptFolder): Promise<Mirrors> {
  const named = machine.environment.SLIPWAY_DEBIAN_MIRROR ?? ''
  if (named.trim() !== '') return namedMirrors(named)
  const found = await mirrorsOn(release, machine, folder)
  if (found.archive.length > 0) return found
  return fail(
    'debian.no-mirror',
    'Nothing says where a Debian archive is: apt on this machine, if there is one, names none.',
    {
      remedy:
        'Give `mirrors: { archive, security }` in debian({ … }), or set SLIPWAY_DEBIAN_MIRROR to both addresses, separated by a space.',
    },
  )
}

/** `SLIPWAY_DEBIAN_MIRROR`: the archive's address and the security archive's. */
function namedMirrors(text: string): Mirrors {
  const urls = text
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .map((word) => URL.parse(word))
  const [archive, security, more] = urls
  const usable = (url: URL | null | undefined): url is URL =>
    url !== null && url !== undefined && /^(https?|file):$/.test(url.protocol)
  if (usable(archive) && usable(security) && more === undefined) return { archive: [archive], security: [security] }
  return fail('debian.no-mirror', `SLIPWAY_DEBIAN_MIRROR is ${JSON.stringify(text)}.`, {
    remedy: "Set it to two addresses, the archive's and the security archive's, separated by a space.",
  })
}

/**
 * apt is asked (half a second) unless its files leave no doubt: it knows codenames behind "stable", and which sources are Debian's own.
 * It knows them once it has lists, that is after the first `apt-get update`.
 */
async function mirrorsOn(release: string, machine: Machine, folder: string): Promise<Mirrors> {
  const sources = withMirrorLists(sourcesIn(folder, machine), machine)
  const own = mirrorsFrom(
    sources.filter(({ suite }) => suite.startsWith(release)),
    release,
  )
  if (own.archive.length === 1 && own.security.length === 1) return own
  const targets = parseIndexTargets((await machine.run('apt-get', ['indextargets', 'Created-By: Packages'])) ?? '')
  return mirrorsFrom(targets.length > 0 ? withMirrorLists(targets, machine) : sources, release)
}

/** Where a source names a list of mirrors, as in Debian's images for clouds, one source for each of them. */
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

/** How the network is reached: apt's proxies and credentials, else the environment's proxies. */
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
