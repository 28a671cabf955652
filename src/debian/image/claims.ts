/** A Debian package's claims on other packages' files: which it replaces (Debian policy, 7.6.1) and which it diverts (dpkg-divert(1)). */
import { parseParagraph, parseRelations } from '../../format/control.ts'
import type { StoreReader } from '../../store/store.ts'
import { namePart, type StorePath } from '../../store/store-path.ts'
import { type EntryPath, path } from '../../tree/path.ts'
import { mergedPath } from '../merged-usr.ts'
import { asDeb } from '../normaliser.ts'
import { diversionsOf } from '../root/diversions.ts'
import { controlText } from '../root/input.ts'

/** A package's claims. */
export interface Claims {
  readonly name: string
  /** Names of packages whose files it may replace. */
  readonly replaced: ReadonlySet<string>
  /** Diverted paths and their new names, under merged /usr; undefined if only running the scripts could tell. */
  readonly diverted: ReadonlyMap<EntryPath, EntryPath | undefined>
}

/** Claims of a package. */
export function readClaims(object: StorePath, store: StoreReader): Claims {
  const control = store.control(object, asDeb)
  const fields = parseParagraph(controlText({ control }, 'control'))
  const replaced = parseRelations(fields.get('replaces') ?? '').flat()
  const name = fields.get('package') ?? namePart(object)
  const diversions = diversionsOf({ name, control })
  return {
    name,
    replaced: new Set(replaced.map((relation) => relation.name)),
    diverted: new Map(diversions.map(({ file, to }) => [merged(file), to === undefined ? undefined : merged(to)])),
  }
}

/** Tells whether a package with these claims may own a path that another has. @param other - its name, if it is a Debian package */
export function yielding(
  { replaced, diverted }: Claims,
  other: string | undefined,
  at: EntryPath,
): { readonly to?: EntryPath } | undefined {
  const to = diverted.get(at)
  if (to !== undefined) return { to }
  return diverted.has(at) || (other !== undefined && replaced.has(other)) ? {} : undefined
}

function merged(file: string): EntryPath {
  return mergedPath(path(file))
}
