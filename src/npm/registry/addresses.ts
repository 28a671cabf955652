/** Addresses of the tarball of a lock file's entry: at the registry of the settings, and the one in the lock file. */
import { posix } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fail } from '../../base/error.ts'
import type { LockEntry } from '../lock-file/entry.ts'
import type { NpmConfig } from './npmrc.ts'
import { settingOf } from './npmrc.ts'

/** Inputs that determine addresses. */
export interface Places {
  readonly config: NpmConfig
  /** Directory of the lock file. */
  readonly directory: string
  /** Returns the registry that npm on this machine uses by default; called only if no setting names one. */
  readonly fallback: () => Promise<string | undefined>
}

/** Returns the possible addresses of the tarball, most preferred first. @throws BuildError npm.no-registry, npm.unsupported-source */
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

/** Returns the registry of a package. @throws BuildError npm.no-registry */
export async function registryOf(name: string, { config, fallback }: Places): Promise<URL> {
  return registryFor(name, config) ?? URL.parse((await fallback()) ?? '') ?? refuseNowhere(name)
}

/** Returns the registry that the settings name for a package, by its scope or for all packages. */
function registryFor(name: string, config: NpmConfig): URL | undefined {
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : undefined
  const stated =
    (scope === undefined ? undefined : settingOf(config, `${scope}:registry`)) ?? settingOf(config, 'registry')
  if (stated === undefined) return undefined
  const url = URL.parse(stated)
  return url !== null && ['http:', 'https:'].includes(url.protocol) ? url : refuseRegistry(stated, name)
}

function refuseRegistry(stated: string, name: string): never {
  return fail(
    'npm.no-registry',
    `npm's settings name ${JSON.stringify(stated)} as the registry of ${name}, which is not an http: or https: address.`,
    {
      remedy: 'Correct `registry` in .npmrc, or npm_config_registry.',
      detail: { package: name },
    },
  )
}

/** Returns the tarball's address at a registry: the path from the lock file, below the registry's. */
function atRegistry({ name, version }: LockEntry, stated: URL | undefined, registry: URL): URL {
  const base = registry.href.replace(/\/$/, '')
  if (stated?.href.startsWith(`${base}/`) === true) return stated
  const file = `${posix.basename(name)}-${version.replace(/\+.*$/, '')}.tgz`
  const usual = `/${name}/-/${file}`
  const at = stated === undefined ? -1 : decoded(stated.pathname).indexOf(`/${name}/`)
  return new URL(base + encodeURI(stated === undefined || at < 0 ? usual : decoded(stated.pathname).slice(at)))
}

/**
 * Tells whether an address is that of the package that a lock file gives it for: a manipulated lock file may have another package's tarball under
 * a known name, with a matching hash.
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
