/** A project with an npm lock file, as one build reads it: once, whatever is made of it. */
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
import { type Graph, graphOf, isTop } from './tree/graph.ts'

/** A project. */
export interface Project {
  /** The lock file. */
  readonly file: string
  readonly graph: Graph
  /** What slipway.lock has where the lock file lacks hashes. */
  readonly records: NpmLocked
  readonly places: Places
  readonly access: Access
  /** The package.json of a directory of the project. */
  manifest(directory: string): Manifest
}

const projects = new WeakMap<Workshop, Map<string, Promise<Project>>>()

/** The project of a set. @throws BuildError npm.lock-*, npm.integrity*, lock.*, network.* */
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
  const records = await recorded(
    {
      file,
      entries: [...entries.values()].filter((entry) => hasTarball(entry) && !(entry.dev && omit.includes('dev'))),
      obtain: async (entry) => readFirst(await addressesOf(entry, places), access, shop),
    },
    shop,
  )
  return { file, graph: graphOf(entries), records, places, access, manifest }
}

/** Where a project's packages are, and how they are asked for. */
export function registryAccess(directory: string, shop: Workshop): Pick<Project, 'places' | 'access'> {
  const config = npmConfig(directory, shop.machine)
  return {
    places: { config, directory, fallback: () => registryOfNpm(directory, shop) },
    access: accessOf(config, directory, shop.machine),
  }
}

/** Tells whether an entry is filled by a tarball of its own. */
export function hasTarball({ place, link, inBundle }: LockEntry): boolean {
  return !isTop(place) && !link && !inBundle
}

/** The project and its directories must be as the lock file has them. */
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

/** Tarballs without a SHA-512 are old and small; in bytes. */
const largest = 268_435_456

async function readFirst(urls: readonly URL[], access: Access, shop: Workshop): Promise<Uint8Array> {
  let failure: unknown
  for (const url of urls) {
    try {
      return await shop.get(url, largest, access)
    } catch (thrown) {
      failure ??= thrown
    }
  }
  throw failure ?? new Error('unreachable: a tarball without an address')
}

async function registryOfNpm(directory: string, { machine }: Workshop): Promise<string | undefined> {
  return (await machine.run('npm', ['config', 'get', 'registry', '--prefix', directory]))?.trim()
}
