/**
 * Store objects of an image: the closure of its contents, of the packages that its config names, and of those that its ecosystems imply.
 */
import { memberSize } from '../layer/plan.ts'
import type { Recipe, Workshop } from '../source/package.ts'
import { realise, withRequirements } from '../source/realise.ts'
import { pathsNamedIn } from '../source/tree-maker.ts'
import { type ClosureRequest, closureOf } from '../store/closure.ts'
import type { Closure } from '../store/store.ts'
import { hashPart, type StorePath } from '../store/store-path.ts'
import type { Assembling } from './image-data.ts'

/** A closure with the recipes of its packages. */
export interface ImageClosure {
  readonly closure: Closure
  readonly recipes: ReadonlyMap<StorePath, Recipe>
  /** Packages that something in the image names by store path. */
  readonly named: ReadonlySet<StorePath>
}

/** Computes the closure of an image; packages implied by its packages (a shell) are fetched here. @param more - further roots */
export async function imageClosure(
  image: Assembling,
  shop: Workshop,
  more: readonly StorePath[] = [],
): Promise<ImageClosure> {
  const recipes = new Map(withRequirements(image.inputs).map((recipe) => [recipe.path, recipe]))
  const roots = new Set([...contentRoots(image, shop), ...pathsNamedIn(saidIn(image), recipes.keys()), ...more])
  for (;;) {
    const closure = closureOf(shop.store, { roots: [...roots], ...edgesOf(recipes, shop) })
    const implied = image.uses.flatMap(({ use }) => use.implied(closure))
    const added = implied.filter(({ path }) => !roots.has(path))
    if (added.length === 0) return { closure, recipes, named: namedPackages(image, closure, shop) }
    await realise(added, shop)
    for (const recipe of withRequirements(added)) if (!recipes.has(recipe.path)) recipes.set(recipe.path, recipe)
    for (const { path } of added) roots.add(path)
  }
}

/** Arguments of an image that may name packages, which it then contains. */
function saidIn({ data }: Assembling): string {
  return JSON.stringify([data.config, data.commands.filter((each) => 'edits' in each)])
}

function contentRoots({ contents, copied, data }: Assembling, shop: Workshop): readonly StorePath[] {
  const sources = copied.flatMap(({ from }) => from.flatMap(({ recipe }) => copiedRoots(recipe, shop)))
  const items =
    data.copies === null ? contents.map(({ path }) => path) : contents.flatMap((item) => copiedRoots(item, shop))
  return [...items, ...sources]
}

/** A copy needs the objects that its files refer to, not the object that it was copied from. */
function copiedRoots(item: Recipe, shop: Workshop): readonly StorePath[] {
  if (item.as !== 'store' && item.as !== 'slices') return [item.path]
  return [...namedInCopy(item, shop), ...item.requires.map((required) => required.path)]
}

function namedInCopy({ path, as }: Recipe, { store }: Workshop): readonly StorePath[] {
  // A list of slices refers to nothing else.
  return as === 'slices' ? [] : (store.info(path)?.references ?? [])
}

function edgesOf(recipes: ReadonlyMap<StorePath, Recipe>, { store }: Workshop): Omit<ClosureRequest, 'roots'> {
  return {
    as: (path) => recipes.get(path)?.as ?? 'store',
    requires: (path) => recipes.get(path)?.requires.map((required) => required.path) ?? [],
    size: (info, as) => memberSize(store, info.path, as),
  }
}

/** Packages that objects of the image, copied files or its own arguments refer to. */
function namedPackages(image: Assembling, { nodes }: Closure, shop: Workshop): ReadonlySet<StorePath> {
  const said = saidIn(image) + JSON.stringify(image.data.commands)
  const sources = image.copied.flatMap(({ from }) => from.map(({ recipe }) => recipe))
  const copied =
    image.data.copies === null ? sources : [...image.contents, ...sources].filter(({ as }) => as === 'store')
  const referred = new Set([
    ...[...nodes.values()].flatMap((node) => node.info.references),
    ...copied.flatMap((item) => namedInCopy(item, shop)),
  ])
  return new Set([...nodes.keys()].filter((path) => referred.has(path) || said.includes(hashPart(path))))
}
