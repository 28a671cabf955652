/** Resolves a set: its lock file is read and held against package.json, and what an image needs of it is chosen. */
import { join } from 'node:path'
import { type FileHash, parseFileHash } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import type { Recipe, Workshop } from '../source/package.ts'
import type { StorePath } from '../store/store-path.ts'
import { npmEcosystem } from './image/ecosystem.ts'
import type { LockEntry } from './lock-file/entry.ts'
import { type Manifest, manifestOf } from './lock-file/manifest.ts'
import { readLockFile, readManifest } from './lock-file/read.ts'
import type { NodeSet } from './options.ts'
import type { NpmRecipe, Resolution } from './resolution.ts'
import { resolverKey } from './set.ts'
import { type Tarball, tarballPath, tarballRecipe } from './tarball/recipe.ts'
import { type Graph, graphOf, isTop, linkTarget } from './tree/graph.ts'
import { keptEntries } from './tree/kept.ts'
import { cpuOf } from './tree/platform.ts'

/** Resolves a set for an image. @param node - version of the image's Node, where it is known. */
export function resolutionOf(set: NodeSet, node: string | undefined, shop: Workshop): Resolution {
  const key = `${resolverKey(set)} ${node ?? ''}`
  const known = resolutions.get(shop) ?? new Map<string, Resolution>()
  resolutions.set(shop, known)
  const found = known.get(key) ?? makeResolution(set, { key, node }, shop)
  known.set(key, found)
  return found
}

/** Of one build. */
const resolutions = new WeakMap<Workshop, Map<string, Resolution>>()

function makeResolution(
  set: NodeSet,
  { key, node }: { readonly key: string; readonly node: string | undefined },
  shop: Workshop,
): Resolution {
  const { entries } = readLockFile(set.directory, shop)
  const graph = graphOf(entries)
  const architecture = set.architecture ?? shop.architecture
  const platform = { cpu: cpuOf(architecture), libc: set.libc, node }
  const workspace = set.workspace === undefined ? undefined : workspaceLink(set.workspace, graph)
  const kept = keptEntries({ graph, platform, omit: set.omit, workspace })
  const project = workspace === undefined ? '' : (linkTarget(entries.get(workspace)) ?? '')
  const directories = [project, ...[...kept.values()].flatMap((entry) => linkTarget(entry) ?? [])]
  const resolution: Resolution = {
    ...{ key, set, architecture, kept, project },
    needs: needsOf(kept, graph),
    manifest: manifestIn(join(set.directory, project), shop),
    directories: [...new Set(directories)].sort(),
    ...recipesOf(kept, () => resolution),
  }
  return resolution
}

function manifestIn(directory: string, shop: Workshop): Manifest {
  return readManifest(directory, shop) ?? manifestOf({})
}

/** The place of a workspace's link, by name or directory. */
function workspaceLink(wanted: string, { entries }: Graph): string {
  const directory = wanted.replace(/^\.\//, '').replace(/\/$/, '')
  const links = [...entries.values()].filter(
    ({ link, place }) => link && /^node_modules\/(@[^/]+\/)?[^/]+$/.test(place),
  )
  const found = links.find((entry) => entry.place === `node_modules/${wanted}` || linkTarget(entry) === directory)
  return (
    found?.place ??
    fail('npm.workspace-unknown', `The lock file has no workspace ${JSON.stringify(wanted)}.`, {
      remedy: `Its workspaces are ${links.map((entry) => linkTarget(entry)).join(', ') || 'none'}.`,
      detail: { workspace: wanted },
    })
  )
}

function needsOf(kept: ReadonlyMap<string, LockEntry>, graph: Graph): Resolution['needs'] {
  return new Map(
    [...kept.keys()].map((place) => [
      place,
      (graph.out.get(place) ?? []).flatMap(({ to }) => (to !== undefined && kept.has(to) ? [to] : [])),
    ]),
  )
}

function recipesOf(
  kept: ReadonlyMap<string, LockEntry>,
  resolution: () => Resolution,
): Pick<Resolution, 'recipe' | 'placesOf'> {
  const tarballs = new Map(
    [...kept].flatMap(([place, entry]) => (hasTarball(entry) ? [[place, tarballOf(entry)]] : [])),
  )
  const objects = Map.groupBy([...tarballs], ([, tarball]) => tarballPath(tarball))
  const recipes = new Map<StorePath, NpmRecipe>()
  const placesOf = (object: StorePath): readonly string[] => (objects.get(object) ?? []).map(([place]) => place)
  const recipe = (place: string): NpmRecipe | undefined => {
    const tarball = tarballs.get(place)
    if (tarball === undefined) return undefined
    const path = tarballPath(tarball)
    const made: NpmRecipe = recipes.get(path) ?? {
      ...tarballRecipe(tarball, async () => addressesOf(tarball)),
      origin: npmEcosystem,
      npm: { kind: 'package', entry: tarball.entry, resolution: resolution() },
      get requires(): readonly Recipe[] {
        return requiredBy(placesOf(path), resolution())
      },
    }
    recipes.set(path, made)
    return made
  }
  return { recipe, placesOf }
}

/** Recipes that a tarball's packages need, through links too. */
function requiredBy(places: readonly string[], { kept, needs, recipe }: Resolution): readonly Recipe[] {
  const seen = new Set(places.flatMap((place) => needs.get(place) ?? []))
  for (const place of seen) {
    if (recipe(place) !== undefined) continue
    const target = linkTarget(kept.get(place))
    for (const next of [...(needs.get(place) ?? []), ...(target === undefined ? [] : [target])]) seen.add(next)
  }
  return [...new Set([...seen].flatMap((place) => recipe(place) ?? []))]
}

function hasTarball({ place, link, inBundle }: LockEntry): boolean {
  return !isTop(place) && !link && !inBundle
}

function tarballOf(entry: LockEntry): Tarball {
  return { entry, hash: hashOf(entry), size: undefined }
}

function hashOf({ integrity = '', name, version }: LockEntry): FileHash {
  const hashes = integrity
    .split(/\s+/)
    .flatMap((each) => (each.startsWith('sha512-') ? (parseFileHash(each) ?? []) : []))
  return (
    hashes[0] ??
    fail('npm.integrity-missing', `The lock file has no SHA-512 for ${name} ${version}.`, {
      remedy: 'Run `slipway lock FILE`, which records it in slipway.lock.',
      detail: { package: name, version },
    })
  )
}

function addressesOf({ entry }: Tarball): readonly URL[] {
  const url = URL.parse(entry.resolved ?? '')
  return url === null ? [] : [url]
}
