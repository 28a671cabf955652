/** A project with an npm lock file, read once per build. */
import { join } from 'node:path'
import type { Access } from '../net/network.ts'
import type { Workshop } from '../source/package.ts'
import { recorded } from './lock/record.ts'
import type { NpmLocked } from './lock/set-kind.ts'
import type { LockEntry } from './lock-file/entry.ts'
import { type Manifest, manifestOf } from './lock-file/manifest.ts'
import { readLockFile, readManifest } from './lock-file/read.ts'
import { checkFresh } from './lock-file/stale.ts'
import type { NodeSet } from './options.ts'
import { accessOf } from './registry/access.ts'
import { addressesOf, type Places } from './registry/addresses.ts'
import { npmConfig } from './registry/npmrc.ts'
import type { Source } from './tarball/recipe.ts'
import { faultOfSource } from './tree/checks.ts'
import { type Graph, graphOf, isTop } from './tree/graph.ts'

/** A project. */
export interface Project {
  /** The lock file. */
  readonly file: string
  readonly graph: Graph
  /** Records of slipway.lock for hashes that the lock file lacks. */
  readonly records: NpmLocked
  readonly places: Places
  /** Returns where a tarball comes from. */
  source(entry: LockEntry): Source
  /** Returns the package.json of a directory of the project. */
  manifest(directory: string): Manifest
}

const projects = new WeakMap<Workshop, Map<string, Promise<Project>>>()

/** Reads the project of a set. @throws BuildError npm.lock-*, npm.integrity*, lock.*, network.* */
export function projectOf({ directory, omit }: Pick<NodeSet, 'directory' | 'omit'>, shop: Workshop): Promise<Project> {
  const known = projects.get(shop) ?? new Map<string, Promise<Project>>()
  projects.set(shop, known)
  const key = JSON.stringify([directory, omit])
  const found = known.get(key) ?? readProject(directory, omit, shop)
  known.set(key, found)
  return found
}

async function readProject(directory: string, omit: NodeSet['omit'], shop: Workshop): Promise<Project> {
  const { file, entries } = readLockFile(directory, shop)
  const manifest = (own: string): Manifest => readManifest(join(directory, own), shop) ?? manifestOf({})
  for (const entry of entries.values()) checkDirectory(entry, { directory, file }, shop)
  const { places, access } = registryAccess(directory, shop)
  const source = (entry: LockEntry): Source => ({
    ...{ lockFile: file, access },
    addresses: () => addressesOf(entry, places),
  })
  const graph = graphOf(entries)
  // Those with a fault are refused if an image has them (checkEntries).
  const isFetched = (entry: LockEntry): boolean =>
    hasTarball(entry) &&
    !entry.extraneous &&
    !entry.place.startsWith('../') &&
    !(entry.dev && omit.includes('dev')) &&
    faultOfSource(entry, graph) === undefined
  const records = await recorded(
    {
      file,
      entries: [...entries.values()].filter(isFetched),
      source,
    },
    shop,
  )
  return { file, graph, records, places, source, manifest }
}

/** Returns the addresses of a project's packages, and the settings for requesting them. */
export function registryAccess(
  directory: string,
  shop: Workshop,
): { readonly places: Places; readonly access: Access } {
  const config = npmConfig(directory, shop.machine)
  return {
    places: { config, directory, fallback: () => registryOfNpm(directory, shop) },
    access: accessOf(config, directory, shop.machine),
  }
}

/** Tells whether an entry has its own tarball. */
export function hasTarball({ place, link, inBundle }: LockEntry): boolean {
  return !isTop(place) && !link && !inBundle
}

/** Checks that the lock file is up to date with the project and its directories. */
function checkDirectory(
  entry: LockEntry,
  { directory, file }: { readonly directory: string; readonly file: string },
  shop: Workshop,
): void {
  if (!isTop(entry.place) || entry.place.startsWith('../')) return
  const manifest = readManifest(join(directory, entry.place), shop)
  if (manifest !== undefined)
    checkFresh({ entry, manifest, file: join(directory, entry.place, 'package.json'), lockFile: file })
}

async function registryOfNpm(directory: string, { machine }: Workshop): Promise<string | undefined> {
  return (await machine.run('npm', ['config', 'get', 'registry', '--prefix', directory]))?.trim()
}
