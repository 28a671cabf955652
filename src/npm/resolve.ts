/** Resolves a set for one image: selects the entries of the lock file, and makes the recipes of their tarballs. */

import type { FileHash } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import type { Recipe, Workshop } from '../source/package.ts'
import type { StorePath } from '../store/store-path.ts'
import { npmEcosystem } from './image/ecosystem.ts'
import { keyOfEntry } from './lock/record.ts'
import type { LockEntry } from './lock-file/entry.ts'
import type { NodeSet } from './options.ts'
import { hasTarball, type Project, projectOf } from './project.ts'
import { settingOf } from './registry/npmrc.ts'
import type { NpmRecipe, Resolution } from './resolution.ts'
import { resolverKey } from './set.ts'
import { hashIn } from './tarball/integrity.ts'
import { type Tarball, tarballPath, tarballRecipe } from './tarball/recipe.ts'
import { checkEntries } from './tree/checks.ts'
import { type Graph, linkTarget } from './tree/graph.ts'
import { keptEntries } from './tree/kept.ts'
import { cpuOf, fitsNode, type Platform } from './tree/platform.ts'

/** Resolutions of one build. */
const resolutions = new WeakMap<Workshop, Map<string, Promise<Resolution>>>()

/** Resolves a set. @param node - version of the image's Node, if known. @throws BuildError npm.* */
export function resolutionOf(set: NodeSet, node: string | undefined, shop: Workshop): Promise<Resolution> {
  const key = `${resolverKey(set)} ${node ?? ''}`
  const known = resolutions.get(shop) ?? new Map<string, Promise<Resolution>>()
  resolutions.set(shop, known)
  const found = known.get(key) ?? makeResolution(set, { key, node }, shop)
  known.set(key, found)
  return found
}

async function makeResolution(
  set: NodeSet,
  { key, node }: { readonly key: string; readonly node: string | undefined },
  shop: Workshop,
): Promise<Resolution> {
  const project = await projectOf(set, shop)
  const { graph, file } = project
  const architecture = set.architecture ?? shop.architecture
  const platform = { cpu: cpuOf(architecture), libc: set.libc, node }
  const workspace = set.workspace === undefined ? undefined : workspaceLink(set.workspace, project)
  const kept = keptEntries({ graph, platform, omit: set.omit, workspace })
  checkEntries({ file, graph, kept, platform, withoutOptional: set.omit.includes('optional') })
  const directory = workspace === undefined ? '' : (linkTarget(graph.entries.get(workspace)) ?? '')
  const directories = [directory, ...[...kept.values()].flatMap((entry) => linkTarget(entry) ?? [])]
  const resolution: Resolution = {
    ...{ key, set, architecture, platform, kept },
    project: directory,
    needs: needsOf(kept, graph),
    manifest: project.manifest(directory),
    root: project.manifest(''),
    directories: [...new Set(directories)].sort(),
    notes: engineNotes(kept, platform, project),
    ...recipesOf(kept, project, () => resolution),
  }
  return resolution
}

/** Finds the place of a workspace's link, by name or directory. */
function workspaceLink(wanted: string, { graph: { entries }, file }: Project): string {
  const directory = wanted.replace(/^\.\//, '').replace(/\/$/, '')
  const links = [...entries.values()].filter(
    ({ link, place }) => link && /^node_modules\/(@[^/]+\/)?[^/]+$/.test(place),
  )
  const found = links.find((entry) => entry.place === `node_modules/${wanted}` || linkTarget(entry) === directory)
  return (
    found?.place ??
    fail('npm.workspace-unknown', `${file} has no workspace ${JSON.stringify(wanted)}.`, {
      remedy:
        links.length === 0
          ? 'Leave `workspace` out, or set `directory` to the directory of the lock file that has it.'
          : `Its workspaces are ${links.map((entry) => linkTarget(entry)).join(', ')}.`,
      detail: { workspace: wanted },
    })
  )
}

/** Checks `engines.node`. Like npm, only warns unless `engine-strict` is set. @throws BuildError npm.engine */
function engineNotes(kept: Resolution['kept'], platform: Platform, { places }: Project): readonly string[] {
  const isStrict = settingOf(places.config, 'engine-strict') === 'true'
  return [...kept.values()]
    .filter((entry) => !entry.optional && !fitsNode(entry, platform))
    .map((entry) => {
      const { place, name, version, node } = entry
      const who = place === '' ? 'the project' : `${name} ${version}`
      const fact = `${who} wants Node ${node}; the image has ${platform.node}`
      if (!isStrict) return fact
      return fail('npm.engine', `${fact[0]?.toUpperCase()}${fact.slice(1)}.`, {
        remedy: 'Choose another `runtime`, or another version of the package.',
        detail: { package: name, version },
      })
    })
}

function needsOf(kept: Resolution['kept'], graph: Graph): Resolution['needs'] {
  const needed = (place: string): readonly string[] =>
    (graph.out.get(place) ?? []).flatMap(({ to }) => (to !== undefined && kept.has(to) ? [to] : []))
  return new Map([...kept.keys()].map((place) => [place, needed(place)]))
}

function recipesOf(
  kept: Resolution['kept'],
  project: Project,
  resolution: () => Resolution,
): Pick<Resolution, 'recipe' | 'placesOf'> {
  const tarballs = new Map<string, Tarball>()
  for (const [place, entry] of kept) if (hasTarball(entry)) tarballs.set(place, tarballOf(entry, project))
  const objects = Map.groupBy(tarballs, ([, tarball]) => tarballPath(tarball))
  const recipes = new Map<StorePath, NpmRecipe>()
  const placesOf = (object: StorePath): readonly string[] => (objects.get(object) ?? []).map(([place]) => place)
  const recipe = (place: string): NpmRecipe | undefined => {
    const tarball = tarballs.get(place)
    if (tarball === undefined) return undefined
    const path = tarballPath(tarball)
    const made: NpmRecipe = recipes.get(path) ?? {
      ...tarballRecipe(tarball, project.source(tarball.entry)),
      origin: npmEcosystem,
      npm: { kind: 'package', uses: [{ entry: tarball.entry, resolution: resolution(), isNamed: false }] },
      get requires(): readonly Recipe[] {
        return requiredBy(placesOf(path), resolution())
      },
    }
    recipes.set(path, made)
    return made
  }
  return { recipe, placesOf }
}

/** Returns the recipes that a tarball's packages need, also through links and bundled packages. */
function requiredBy(places: readonly string[], { kept, needs, recipe }: Resolution): readonly Recipe[] {
  const seen = new Set(places.flatMap((place) => needs.get(place) ?? []))
  for (const place of seen) {
    if (recipe(place) !== undefined) continue
    const target = linkTarget(kept.get(place))
    for (const next of [...(needs.get(place) ?? []), ...(target === undefined ? [] : [target])]) seen.add(next)
  }
  return [...new Set([...seen].flatMap((place) => recipe(place) ?? []))]
}

function tarballOf(entry: LockEntry, { records }: Project): Tarball {
  const { name, version } = entry
  const known = hashIn(entry.integrity)
  if (known !== undefined) return { entry, name, version, hash: known, size: undefined }
  const { hash, size } = records.packages.get(keyOfEntry(entry)) ?? unrecorded(entry)
  return { entry, name, version, hash, size }
}

function unrecorded({ name, version }: LockEntry): { readonly hash: FileHash; readonly size: number } {
  throw new Error(`unreachable: ${name} ${version} is not recorded`)
}
