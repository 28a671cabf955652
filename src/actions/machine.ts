/**
 * What this machine is set to: where its Debian archive is, and how the network is reached. apt's settings, else the environment.
 *
 * The only place that asks apt. Everything may be missing: a machine without apt has `SLIPWAY_DEBIAN_MIRROR` or the set's `mirrors`.
 */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fail } from '../base/error.ts'
import {
  type AptSource,
  mirrorListOf,
  mirrorsFrom,
  parseAptProxies,
  parseAuth,
  parseIndexTargets,
  parseMirrorList,
  parseSources,
  parseSourcesList,
} from '../debian/archive/apt.ts'
import type { Network } from '../net/network.ts'
import type { Mirrors } from '../source/package.ts'

/** The values of environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** How the machine is asked; tests give another. */
export interface Machine {
  readonly environment: Environment
  /** apt's folder of settings. */
  readonly folder: string
  /** What a program prints; undefined when it is missing or fails. */
  readonly run: (program: string, words: readonly string[]) => Promise<string | undefined>
}

/** This machine. */
function thisMachine(environment: Environment): Machine {
  return { environment, folder: '/etc/apt', run: (program, words) => run(program, words, environment) }
}

/** Where an archive's suite and its security part are. @throws BuildError debian.no-mirror */
export async function archivesOf(release: string, environment: Environment): Promise<Mirrors> {
  return archivesOn(release, thisMachine(environment))
}

/** The same for any machine. */
export async function archivesOn(release: string, machine: Machine): Promise<Mirrors> {
  const named = machine.environment.SLIPWAY_DEBIAN_MIRROR ?? ''
  if (named.trim() !== '') return namedMirrors(named)
  const found = await mirrorsOn(release, machine)
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
async function mirrorsOn(release: string, { folder, run }: Machine): Promise<Mirrors> {
  const sources = withMirrorLists(sourcesIn(folder))
  const own = mirrorsFrom(
    sources.filter(({ suite }) => suite.startsWith(release)),
    release,
  )
  if (own.archive.length === 1 && own.security.length === 1) return own
  const targets = parseIndexTargets((await run('apt-get', ['indextargets', 'Created-By: Packages'])) ?? '')
  return mirrorsFrom(targets.length > 0 ? withMirrorLists(targets) : sources, release)
}

/** Where a source names a list of mirrors, as in Debian's images for clouds, one source for each of them. */
function withMirrorLists(sources: readonly AptSource[]): readonly AptSource[] {
  return sources.flatMap((source) => {
    const list = mirrorListOf(source.uri)
    return list === undefined ? [source] : parseMirrorList(textOf(list)).map((uri) => ({ ...source, uri }))
  })
}

function sourcesIn(folder: string): readonly AptSource[] {
  const more = filesIn(join(folder, 'sources.list.d'))
  return [
    ...parseSourcesList(textOf(join(folder, 'sources.list'))),
    ...more.filter((file) => file.endsWith('.list')).flatMap((file) => parseSourcesList(textOf(file))),
    ...more.filter((file) => file.endsWith('.sources')).flatMap((file) => parseSources(textOf(file))),
  ]
}

/** How the network is reached. Ask once: connections are shared by all who use the same answer. */
export async function networkOf(environment: Environment): Promise<Network> {
  return networkOn(thisMachine(environment))
}

/** The same for any machine. */
export async function networkOn({ environment, folder, run }: Machine): Promise<Network> {
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

/** Files of a folder by name; none where there is no folder. */
function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

/** The text of a file; empty where it is missing or not for us to read, as apt's credentials may be. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

async function run(program: string, words: readonly string[], environment: Environment): Promise<string | undefined> {
  const options = { env: { ...environment, LC_ALL: 'C' }, maxBuffer: 64 * 1024 * 1024 }
  try {
    return (await promisify(execFile)(program, [...words], options)).stdout
  } catch {
    return undefined
  }
}
