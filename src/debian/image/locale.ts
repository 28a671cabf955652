/**
 * The locale C.UTF-8 as a separate layer file, the same for all images of a set: Debian ships it in libc-bin, on which nothing depends, and
 * without it programs that request UTF-8 get ASCII.
 */
import { tarSize, writeTar } from '../../format/tar/write.ts'
import type { BaseFiles } from '../../source/ecosystem.ts'
import type { Recipe } from '../../source/package.ts'
import type { Closure } from '../../store/store.ts'
import { recipePath } from '../../store/store-path.ts'
import { path } from '../../tree/path.ts'
import { withParents } from '../../tree/transform.ts'
import { treeOf } from '../../tree/tree.ts'
import type { Resolution } from '../lock/resolution.ts'
import { asDeb } from '../normaliser.ts'

const maker = 'debian-c-utf8-1'
const name = 'c-utf8'
const folder = path('usr/lib/locale/C.utf8')

/** The layer, if an image has libc6 without libc-bin and the set may add implied packages. */
export function localeFor(resolution: Resolution, { nodes }: Closure): readonly Recipe[] {
  const { packages, options } = resolution
  if (
    options.essential === 'none' ||
    options.essential === 'all' ||
    !packages.has('libc6') ||
    !packages.has('libc-bin')
  )
    return []
  const isThere = (wanted: string): boolean => nodes.has(resolution.recipe(wanted).path)
  return isThere('libc6') && !isThere('libc-bin') ? [localeRecipe(resolution)] : []
}

/** Tells whether a base has the locale already. */
export function hasLocale({ tree }: BaseFiles): boolean {
  return tree.get(path('usr/lib/locale/C.utf8/LC_CTYPE')) !== undefined
}

/** The package is read but not kept. */
function localeRecipe(resolution: Resolution): Recipe {
  const from = resolution.dataRecipe('libc-bin')
  const at = recipePath(name, { maker, name, arguments: {}, closure: [from.path] })
  return {
    path: at,
    name,
    as: 'layer',
    inputs: [],
    requires: [],
    realise: async (shop) => {
      const present = shop.store.info(at)
      if (present !== undefined) return present
      await from.realise(shop)
      const tree = withParents(treeOf([...shop.store.laidOut(from.path, asDeb).below(folder)]))
      const form = { names: 'relative', end: 'record' } as const
      const size = tarSize(tree.entries(), form)
      return shop.store.addFile(at, writeTar(tree.entries(), form), { size, candidates: [] })
    },
  }
}
