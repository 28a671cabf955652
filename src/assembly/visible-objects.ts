/**
 * Store objects that scripts can see: the image's objects, those that the scripts name, and for packages whose files are elsewhere (Debian's)
 * links to where they are.
 */
import { fail } from '../base/error.ts'
import type { Script, VisibleObject } from '../sandbox/sandbox.ts'
import { toolsPath } from '../sandbox/sandbox.ts'
import { ecosystemOf } from '../source/ecosystem.ts'
import type { Recipe } from '../source/package.ts'
import { toolsOf } from '../source/tools.ts'
import { pathsNamedIn } from '../source/tree-maker.ts'
import type { StorePath } from '../store/store-path.ts'
import { show } from '../tree/path.ts'
import type { Parts } from './parts.ts'

/** Returns the objects, sorted by path. @throws BuildError command.package-absent */
export function visibleObjects(scripts: readonly Script[], parts: Parts, tools: Recipe): readonly VisibleObject[] {
  const { whole, recipes, base } = parts
  const { store } = whole
  const isObject = (path: StorePath): boolean =>
    (whole.closure.nodes.get(path)?.as ?? recipes.get(path)?.as ?? 'store') === 'store'
  const named = pathsNamedIn(scripts.map((script) => script.text).join('\n'), recipes.keys())
  const seen = [...reached([...[...whole.closure.nodes.keys()].filter(isObject), ...named], store.info)]
  const objects = seen.flatMap((path): readonly VisibleObject[] => {
    if (base?.storePaths.has(path) === true && isObject(path)) return []
    if (isObject(path)) return [{ path, physical: store.physical(path) }]
    const recipe = recipes.get(path)
    return recipe === undefined ? [] : linksTo(recipe, { parts, tools, isNamed: named.includes(path) })
  })
  return objects.sort((a, b) => (a.path < b.path ? -1 : 1))
}

function reached(
  from: readonly StorePath[],
  info: (path: StorePath) => { readonly references: readonly StorePath[] } | undefined,
): ReadonlySet<StorePath> {
  const found = new Set(from)
  for (const path of found) for (const next of info(path)?.references ?? []) found.add(next)
  return found
}

interface Linking {
  readonly parts: Parts
  readonly tools: Recipe
  /** Whether a script names it. */
  readonly isNamed: boolean
}

/** A package of the image has its links there already; scripts that run in the tools' root see the image's root at /build. */
function linksTo(recipe: Recipe, { parts, tools, isNamed }: Linking): readonly VisibleObject[] {
  const { path } = recipe
  const isInImage = parts.whole.closure.nodes.has(path) || parts.base?.storePaths.has(path) === true
  if (isInImage) return [{ path, image: {}, tools: standInLinks(recipe) }]
  const { name } = ecosystemOf(recipe)?.named(recipe) ?? recipe
  if (toolsOf(tools)?.names.includes(name) === true) {
    const lent = { bin: `${toolsPath}/bin`, sbin: `${toolsPath}/bin` }
    return [{ path, image: lent, tools: { bin: '/usr/bin', sbin: '/usr/sbin' } }]
  }
  return isNamed ? refuseAbsent(recipe, parts, 'Its commands need it') : []
}

function standInLinks(recipe: Recipe): Readonly<Record<string, string>> {
  const entries = [...(ecosystemOf(recipe)?.standIn(recipe)?.entries() ?? [])]
  return Object.fromEntries(
    entries.flatMap((entry) => (entry.kind === 'symlink' ? [[show(entry.path), `/build${entry.target}`]] : [])),
  )
}

/** @throws BuildError command.package-absent, always */
export function refuseAbsent(recipe: Recipe, { image }: Parts, why: string): never {
  const { name } = ecosystemOf(recipe)?.named(recipe) ?? recipe
  const list = image.data.copies === null ? 'contents' : 'copyToRoot'
  return fail('command.package-absent', `${image.name} does not have ${name}. ${why}.`, {
    remedy: `Add ${name} to ${list}.`,
    detail: { image: image.name, package: name },
  })
}
