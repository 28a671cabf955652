/** Where the tarball of a lock file's entry is: at the registry that the settings name, and where the lock file says. */
import { posix } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fail } from '../../base/error.ts'
import type { LockEntry } from '../lock-file/entry.ts'
import type { NpmConfig } from './npmrc.ts'
import { settingOf } from './npmrc.ts'

/** What addresses follow from. */
export interface Places {
  readonly config: NpmConfig
  /** Directory of the lock file. */
  readonly directory: string
  /** The registry that npm on this machine uses without any setting; asked for only where nothing else says. */
  readonly fallback: () => Promise<string | undefined>
}

/** Where the tarball may be, most wanted first. @throws BuildError npm.no-registry, npm.unsupported-source */
export async function addressesOf(entry: LockEntry, places: Places): Promise<readonly URL[]> {
  const { resolved } = entry
  if (resolved?.startsWith('file:') === true)
    return [pathToFileURL(posix.join(places.directory, resolved.slice('file:'.length)))]
  const stated = resolved === undefined ? undefined : (URL.parse(resolved) ?? undefined)
  const registry = registryFor(entry.name, places.config)
  const isElsewhere = stated !== undefined && !namesPackage(stated, entry.name)
  const mirrored = registry === undefined || isElsewhere ? undefined : atRegistry(entry, stated, registry)
  const keeps = settingOf(places.config, 'replace-registry-host') === 'never'
  const found = (keeps ? [stated, mirrored] : [mirrored, stated]).filter((url) => url !== undefined)
  if (found.length > 0) return unique(found)
  const fallback = URL.parse((await places.fallback()) ?? '')
  return fallback === null ? refuseNowhere(`${entry.name} ${entry.version}`) : [atRegistry(entry, undefined, fallback)]
}

/** The registry of a package. @throws BuildError npm.no-registry */
export async function registryOf(name: string, { config, fallback }: Places): Promise<URL> {
  return registryFor(name, config) ?? URL.parse((await fallback()) ?? '') ?? refuseNowhere(name)
}

/** The registry that the settings name for a package, by its scope or for all. */
function registryFor(name: string, config: NpmConfig): URL | undefined {
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : undefined
  const stated =
    (scope === undefined ? undefined : settingOf(config, `${scope}:registry`)) ?? settingOf(config, 'registry')
  return URL.parse(stated ?? '') ?? undefined
}

/** The tarball's address at a registry: the path that the lock file states, below the registry's. */
function atRegistry({ name, version }: LockEntry, stated: URL | undefined, registry: URL): URL {
  const base = registry.href.replace(/\/$/, '')
  if (stated?.href.startsWith(`${base}/`) === true) return stated
  const file = `${posix.basename(name)}-${version.replace(/\+.*$/, '')}.tgz`
  const usual = `/${name}/-/${file}`
  const at = stated === undefined ? -1 : decoded(stated.pathname).indexOf(`/${name}/`)
  return new URL(base + encodeURI(stated === undefined || at < 0 ? usual : decoded(stated.pathname).slice(at)))
}

/**
 * Tells whether an address names the package that a lock file has it for: a lock file that was tampered with may have another's tarball under
 * a known name, with a hash that fits.
 */
export function namesPackage(url: URL, name: string): boolean {
  return decoded(url.pathname).includes(`/${name}/`)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function unique(urls: readonly URL[]): readonly URL[] {
  return [...new Map(urls.map((url) => [url.href, url])).values()]
}

function refuseNowhere(what: string): never {
  return fail(
    'npm.no-registry',
    `Nothing says where ${what} is: no registry is set, and npm is not there to be asked.`,
    {
      remedy: 'Set `registry` in .npmrc, or npm_config_registry.',
      detail: { package: what },
    },
  )
}
