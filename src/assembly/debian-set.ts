/** Which Debian set an image's packages come from: at most one. */
import { fail } from '../base/error.ts'
import { debianOf, type Resolution } from '../debian/lock/resolution.ts'
import { alternativesOver } from '../debian/over-base/alternatives.ts'
import { idsOver } from '../debian/over-base/base.ts'
import { databaseOver } from '../debian/over-base/dpkg.ts'
import { controlText, type RootPackage } from '../debian/root/input.ts'
import { debianRoot } from '../debian/root/root.ts'
import { parseParagraph } from '../format/control.ts'
import { isExcluded } from '../layer/exclude.ts'
import type { Exclude, Records } from '../layer/layer.ts'
import type { Recipe, Workshop } from '../source/package.ts'
import { realise } from '../source/realise.ts'
import type { StoreReader } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'
import { filtered } from '../tree/transform.ts'
import type { Tree } from '../tree/tree.ts'
import type { Parts } from './assemble.ts'
import type { BaseImage } from './base-image.ts'

/** The set of an image, and what of it the image's bytes follow from besides the packages. */
export interface DebianSetUse {
  readonly resolution: Resolution
  readonly architecture: string
  /** Part of the image's recipe: plain data. */
  readonly recipe: object
}

/** The one Debian set among some recipes. @throws BuildError debian.two-sets */
export function debianSetOf(recipes: readonly Recipe[], image: string): DebianSetUse | undefined {
  let found: Resolution | undefined
  for (const recipe of recipes) {
    const resolution = debianOf(recipe)?.resolution
    if (resolution === undefined || resolution === found) continue
    if (found !== undefined && !same(found, resolution)) twoSets(image, found, resolution)
    found = resolution
  }
  return found === undefined
    ? undefined
    : { resolution: found, architecture: found.architecture, recipe: recipeOf(found) }
}

function same(a: Resolution, b: Resolution): boolean {
  return a.key === b.key && a.file === b.file
}

function twoSets(image: string, a: Resolution, b: Resolution): never {
  return fail('debian.two-sets', `${image} holds packages of two Debian sets: ${setName(a)} and ${setName(b)}.`, {
    remedy: 'Take all packages of one image from one debian({ … }) call.',
    detail: { first: a.key, second: b.key },
  })
}

function setName({ key, file }: Resolution): string {
  return `"${key}" of ${file}`
}

/** The debian-root of an image's packages; what it reads besides is fetched here. Over a base it is computed with the base's files. */
export async function debianRootOf(
  { resolution }: DebianSetUse,
  { closure, base, over }: Pick<Parts, 'closure' | 'base' | 'over'>,
  shop: Workshop,
): Promise<Tree> {
  // An archive of one's own may lack them; debianRoot says what it cannot do without.
  const names = ['base-files', 'base-passwd', 'libc-bin'].filter((name) => resolution.packages.has(name))
  const data = names.map((name) => resolution.dataRecipe(name))
  await realise(data, shop)
  const read = data.filter(
    (_each, index) => names[index] !== 'base-files' || over?.debian.installed.has('base-files') !== true,
  )
  const debs = [...closure.nodes].filter(([, node]) => node.as === 'deb').map(([path]) => path)
  const { exclude } = resolution.options
  const packages = debs.map((path) => rootPackage(path, shop.store, exclude))
  const computed = debianRoot({
    packages: [...packages, ...(base === undefined ? [] : [asPackage(base)])],
    data: read.map(({ path }) => rootPackage(path, shop.store, exclude)),
    ids: base === undefined ? resolution.ids : idsOver(resolution.ids, base),
    architecture: resolution.architecture,
    records: recordsOf(resolution, over),
  })
  // What scripts would copy is left out too, such as the index of documents that are not there.
  const tree = filtered(computed.tree, (entry) => !isExcluded(entry.path, exclude))
  if (base === undefined) return tree
  const agreed = alternativesOver(tree, packages, { base, gone: over?.gone ?? [] })
  return over?.debian.form === 'dpkg' ? databaseOver(agreed, base, over.debian) : agreed
}

/** How packages are recorded: as the base does it, where it does. */
export function recordsOf({ options }: Resolution, over: Parts['over']): Records {
  const form = over?.debian.form ?? 'none'
  return options.packageRecords === 'none' || form === 'none' ? options.packageRecords : form
}

/** A base's files, to be looked into for libraries, certificates and targets of alternatives; it brings no users and no records. */
function asPackage({ tree }: BaseImage): RootPackage {
  return { name: '~base', version: '', architecture: 'all', control: new Map(), tree: emptyOfRecords(tree) }
}

function emptyOfRecords(tree: Tree): Tree {
  return filtered(tree, (entry) => entry.path !== 'var/lib/dpkg')
}

/** A package as its archive describes it. */
function rootPackage(path: StorePath, store: StoreReader, exclude: readonly Exclude[]): RootPackage {
  const control = store.control(path)
  const fields = parseParagraph(controlText({ control }, 'control'))
  const field = (name: string) => fields.get(name) ?? ''
  const tree = filtered(store.laidOut(path, 'deb'), (entry) => !isExcluded(entry.path, exclude))
  return { name: field('package'), version: field('version'), architecture: field('architecture'), control, tree }
}

/** What debian-root, records and exclusions follow from. */
function recipeOf({ options, ids, key }: Resolution): object {
  const { essential, exclude, packageRecords } = options
  return {
    key,
    essential,
    exclude: [...exclude].sort(),
    packageRecords,
    users: Object.fromEntries([...ids.users].sort()),
    groups: Object.fromEntries([...ids.groups].sort()),
  }
}
