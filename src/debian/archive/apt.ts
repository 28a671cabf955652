/**
 * Parses apt's settings: sources in both formats, index targets, proxies, credentials.
 *
 * Follows sources.list(5), apt-transport-mirror(1), apt.conf(5) and apt_auth.conf(5). Pure functions of strings; apt-settings.ts reads the
 * files and runs the programs.
 */
import { parseParagraphs } from '../../format/control.ts'
import type { Credentials } from '../../net/network.ts'

/** Addresses of the two parts of a Debian archive, most preferred first. */
export interface Mirrors {
  readonly archive: readonly URL[]
  readonly security: readonly URL[]
}

/** One suite at one address. */
export interface AptSource {
  readonly uri: string
  /** Its codename, or whatever name the sources use. */
  readonly suite: string
}

/** Parses the output of `apt-get indextargets` for Debian's own archive: apt has parsed all sources itself, so this is authoritative. */
export function parseIndexTargets(text: string): readonly AptSource[] {
  return parseParagraphs(text).flatMap((target) => {
    const uri = target.get('repo-uri')
    const suite = target.get('codename')
    const usable = target.get('origin') === 'Debian' && target.get('component') === 'main'
    return usable && uri !== undefined && suite !== undefined ? [{ uri, suite }] : []
  })
}

/** Parses the one-line format: `deb [options] uri suite component…`. */
export function parseSourcesList(text: string): readonly AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)((?:\s+[^\s#]+)+)/.exec(line)
    const [, uri, suite, components] = match ?? []
    return uri !== undefined && suite !== undefined && components?.split(/\s+/).includes('main') === true
      ? [{ uri, suite }]
      : []
  })
}

/** Parses the deb822 format of `*.sources`. */
export function parseSources(text: string): readonly AptSource[] {
  return parseParagraphs(text).flatMap((source) => {
    const words = (field: string) => (source.get(field) ?? '').split(/\s+/).filter((word) => word !== '')
    const off = /^(no|false|off|without|disable|0)$/i.test(source.get('enabled') ?? '')
    if (off || !words('types').includes('deb') || !words('components').includes('main')) return []
    return words('uris').flatMap((uri) => words('suites').map((suite) => ({ uri, suite })))
  })
}

/** Path of the mirror list in a source of the form `mirror+file:/path`; undefined for any other. apt prints a "/" after it. */
export function mirrorListOf(uri: string): string | undefined {
  return /^mirror\+file:(?:\/\/)?(\/.*?)\/?$/.exec(uri)?.[1]
}

/** Parses a mirror list, one address per line; as in apt, a lower `priority:` comes first, entries without one last. */
export function parseMirrorList(text: string): readonly string[] {
  const lines = text.split('\n').flatMap((line) => {
    const [uri = '', ...facts] = line.trim().split(/\s+/)
    const priority = facts.map((fact) => /^priority:(\d+)$/.exec(fact)?.[1]).find((found) => found !== undefined)
    return uri === '' || uri.startsWith('#') ? [] : [{ uri, priority: Number(priority ?? Number.MAX_SAFE_INTEGER) }]
  })
  return lines.sort((a, b) => a.priority - b.priority).map(({ uri }) => uri)
}

/**
 * Addresses of both parts for a release: those configured for it, otherwise those of another release with a security part, whose archive
 * also has this release (the signature decides whether it does).
 */
export function mirrorsFrom(sources: readonly AptSource[], release: string): Mirrors {
  const usable = sources.flatMap(({ uri, suite }) => {
    const url = URL.parse(uri)
    const secure = /(-security|\/updates)$/.test(suite)
    const of = suite.replace(/(-security|-updates|-proposed-updates|-backports(-sloppy)?|\/updates)$/, '')
    return url !== null && ['http:', 'https:', 'file:'].includes(url.protocol) ? [{ url, secure, of }] : []
  })
  const own = usable.filter(({ of }) => of === release)
  const withSecurity = new Set(usable.flatMap(({ secure, of }) => (secure ? [of] : [])))
  const others = usable.filter(({ of }) => of !== release && withSecurity.has(of))
  const pick = (secure: boolean) => {
    const found = [...own, ...others].filter((each) => each.secure === secure).map(({ url }) => url.href)
    return [...new Set(found)].map((href) => new URL(href))
  }
  return { archive: pick(false), security: pick(true) }
}

/** Proxies in the output of `apt-config dump`; "DIRECT" and "false" mean none. */
export interface AptProxies {
  readonly http?: string
  readonly https?: string
  readonly hosts: ReadonlyMap<string, string>
}

/** Parses the output of `apt-config dump`. */
export function parseAptProxies(dump: string): AptProxies {
  const hosts = new Map<string, string>()
  const general: { http?: string; https?: string } = {}
  for (const [, scheme, host, value] of dump.matchAll(/^Acquire::(https?)::Proxy(?:::([^\s"]+))? "([^"]*)";$/gim)) {
    if (value === undefined || value === '') continue
    const proxy = /^(direct|false)$/i.test(value) ? 'DIRECT' : value
    if (host !== undefined) hosts.set(host, proxy)
    else if (scheme?.toLowerCase() === 'https') general.https = proxy
    else general.http = proxy
  }
  return { ...general, hosts }
}

/** Parses the credentials of `auth.conf`, in netrc's format; a machine without a scheme applies to https only. */
export function parseAuth(text: string): (url: URL) => Credentials | undefined {
  const words = text
    .replace(/^[ \t]*#.*$/gm, '')
    .split(/\s+/)
    .filter((word) => word !== '')
  const entries: { machine: string; user: string; password: string }[] = []
  for (const [index, word] of words.entries()) {
    if (index % 2 === 1) continue
    const value = words[index + 1] ?? ''
    const entry = entries.at(-1)
    if (word === 'machine') entries.push({ machine: value, user: '', password: '' })
    else if (word === 'login' && entry !== undefined) entry.user = value
    else if (word === 'password' && entry !== undefined) entry.password = value
  }
  return (url) => entries.find(({ machine }) => isMeant(machine, url))
}

function isMeant(machine: string, url: URL): boolean {
  const [, scheme = 'https:', host = '', path = ''] = /^(?:([a-z+]+:)\/\/)?([^/]+)(\/.*)?$/.exec(machine) ?? []
  return url.protocol === scheme && (host === url.host || host === url.hostname) && url.pathname.startsWith(path)
}
