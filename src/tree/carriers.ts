/**
 * Hard links in a merged tree: which name of an object carries it, so that its other names are links to that one.
 *
 * An object's own name carries it, unless it lost to another tree's entry, or one of its other names comes first since links moved them. Only
 * these exceptions are recorded: most trees have no hard links, and most names win.
 */
import type { Candidate, Ranked } from './choose.ts'
import type { Entry } from './entry.ts'
import type { Through } from './links.ts'
import { comparePaths, type EntryPath } from './path.ts'

/** Carriers of the objects of several trees, learnt from the candidates in canonical order. */
export class Carriers<R extends Ranked> {
  readonly #to: Through
  /** By tree and an object's own name: the name that carries it instead, or undefined if no other one came so far. */
  readonly #others = new Map<R, Map<EntryPath, EntryPath | undefined>>()

  constructor(to: Through) {
    this.#to = to
  }

  /** Records that a candidate is not in the merged tree. */
  lose({ layer, entry, object }: Candidate<R>): void {
    if (object === undefined || this.#to.name(object) !== entry.path) return
    if (this.#others.get(layer)?.has(object) !== true) this.#set(layer, object, undefined)
  }

  /** Entry of a winner: the object, or a link to the name that carries it. */
  entryOf({ layer, entry, object }: Candidate<R>): Entry {
    if (object === undefined) return entry
    const { path } = entry
    const others = this.#others.get(layer)
    const isElsewhere = others?.has(object) === true
    if (!isElsewhere && object === path) return entry
    const own = this.#to.name(object)
    const carrier = isElsewhere ? others.get(object) : comparePaths(own, path) < 0 ? own : undefined
    if (carrier !== undefined) return { kind: 'hardlink', path, target: carrier }
    if (isElsewhere || own !== path) this.#set(layer, object, path)
    return entry
  }

  #set(layer: R, object: EntryPath, carrier: EntryPath | undefined): void {
    this.#others.set(layer, (this.#others.get(layer) ?? new Map()).set(object, carrier))
  }
}
