/**
 * Confs of format 1, which older stream scripts refer to: converted to the current format, with the same bytes under the same names.
 *
 * Format 1 had one normaliser, and its layers excluded files of Debian packages by rules. These rules belong to the format: they must not
 * change.
 */
import { type Digest, digestOf } from '../base/digest.ts'
import { canonicalJson, isPlainObject } from '../base/document.ts'
import type { History, LayerMember, LayerRecipe } from '../layer/layer.ts'
import { saysNothing } from '../layer/member-options.ts'
import type { StoreReader } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'
import { type EntryPath, isWithin, path } from '../tree/path.ts'
import type { Conf } from './conf.ts'

/** A conf of format 1. */
export interface Conf1 extends Omit<Conf, 'format' | 'layers' | 'closure' | 'notes'> {
  readonly format: 1
  readonly layers: readonly { readonly recipe: Recipe1; readonly history: History; readonly diffId?: Digest }[]
}

interface Recipe1 extends Omit<LayerRecipe, 'format' | 'members' | 'options'> {
  readonly format: 1
  readonly members: readonly Member1[]
  readonly options: LayerRecipe['options'] & Rules
}

interface Rules {
  readonly records: 'status.d' | 'dpkg' | 'none'
  readonly exclude: readonly ('doc' | 'man' | 'locale')[]
}

interface Member1 {
  readonly path: StorePath
  readonly narHash: Digest
  readonly as: 'store' | 'deb' | 'layer'
  readonly dropped?: readonly string[]
  readonly moved?: Readonly<Record<string, string>>
}

/** Tells whether a document is a conf of format 1. The store is trusted: its objects are checked when they are added. */
export function isFormat1(value: unknown): value is Conf1 {
  return isPlainObject(value) && value.format === 1
}

/** Converts a conf to the current format. The dependencies between its packages are not known. */
export function fromFormat1(conf: Conf1, store: StoreReader): Conf {
  return {
    ...conf,
    format: 2,
    layers: conf.layers.map(({ recipe, ...layer }) => ({
      ...layer,
      recipe: recipeOf(recipe, store),
      name: digestOf(canonicalJson(recipe)),
    })),
    closure: { paths: [], roots: [], edges: [] },
    notes: [],
  }
}

function recipeOf({ members, adjustments, options }: Recipe1, store: StoreReader): LayerRecipe {
  const { records, exclude, ...layer } = options
  return {
    format: 2,
    members: members.map((member) => memberOf(member, { records, exclude }, store)),
    adjustments,
    options: layer,
  }
}

function memberOf({ path, narHash, as, dropped = [], moved }: Member1, rules: Rules, store: StoreReader): LayerMember {
  const excluded = as === 'deb' ? leftOut(path, rules, store) : []
  const without = [...excluded, ...dropped].sort()
  const options = { ...(without.length === 0 ? {} : { without }), ...(moved === undefined ? {} : { moved }) }
  return { path, narHash, as: as === 'deb' ? unpacked : as, ...(saysNothing(options) ? {} : { options }) }
}

/** The only normaliser of format 1 had no name; this one has the same output. */
const unpacked = 'unpacked:deb-1'

function leftOut(object: StorePath, { records, exclude }: Rules, store: StoreReader): readonly EntryPath[] {
  const found: EntryPath[] = records === 'status.d' ? [] : [path('var/lib/dpkg/status.d')]
  if (exclude.length === 0) return found
  for (const { path: at } of store.laidOut(object, unpacked).entries()) if (isExcluded(at, exclude)) found.push(at)
  return found
}

const folders: Readonly<Record<Rules['exclude'][number], readonly EntryPath[]>> = {
  doc: ['doc', 'doc-base', 'info', 'gtk-doc', 'lintian', 'linda'].map((name) => path(`usr/share/${name}`)),
  man: [path('usr/share/man')],
  locale: [path('usr/share/locale')],
}

function isExcluded(at: EntryPath, exclude: Rules['exclude']): boolean {
  return exclude.some((kind) => folders[kind].some((folder) => isWithin(at, folder) && at !== folder && !isKept(at)))
}

function isKept(at: EntryPath): boolean {
  const documentation = path('usr/share/doc')
  if (!isWithin(at, documentation)) return false
  const below = at.slice(documentation.length + 1).split('/')
  return below.length === 1 || (below.length === 2 && below[1] === 'copyright')
}
