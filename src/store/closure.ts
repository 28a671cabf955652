/** Closure of an image: everything reachable from some objects through references and requirements. */
import { fail } from '../base/error.ts'
import { dangling } from './nix/database.ts'
import type { Closure, ClosureNode, LaidOut, PathInfo, StoreReader } from './store.ts'
import { logical, type StorePath } from './store-path.ts'

/** Facts about objects that the store itself does not have. */
export interface ClosureRequest {
  readonly roots: readonly StorePath[]
  /** Edges that no scan finds: a Debian package's dependencies. May be cyclic. */
  requires(path: StorePath): readonly StorePath[]
  /** How an object is laid out as files. */
  as(path: StorePath): LaidOut
  /** Size of its entries in a layer's tar, in bytes. */
  size(info: PathInfo, as: LaidOut): number
}

/** Computes the closure; nodes sorted by path, so that equal requests give equal results. @throws BuildError store.dangling-reference */
export function closureOf(store: Pick<StoreReader, 'info'>, request: ClosureRequest): Closure {
  const found = new Map<StorePath, readonly [PathInfo, readonly StorePath[]]>()
  const waiting: { readonly path: StorePath; readonly from?: StorePath }[] = request.roots.map((path) => ({ path }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, from } = next
    if (found.has(path)) continue
    const info = store.info(path) ?? (from === undefined ? absentRoot(path) : dangling(from, path))
    const targets = new Set([...info.references, ...request.requires(path)])
    targets.delete(path)
    const edges = [...targets].sort()
    found.set(path, [info, edges])
    for (const target of edges) waiting.push({ path: target, from: path })
  }
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    roots: request.roots,
    nodes: new Map(sorted.map(([path, [info]]) => [path, nodeOf(info, request)])),
    edges: new Map(sorted.map(([path, [, edges]]) => [path, edges])),
  }
}

function nodeOf(info: PathInfo, request: ClosureRequest): ClosureNode {
  const as = request.as(info.path)
  return { info, as, size: request.size(info, as) }
}

function absentRoot(path: StorePath): never {
  return fail('store.dangling-reference', `${logical(path)}, which was requested, is not in the store.`, {
    remedy: 'Build it first.',
    detail: { path },
  })
}

/** Removes some nodes from a closure. */
export function without(closure: Closure, leaves: (path: StorePath, node: ClosureNode) => boolean): Closure {
  const nodes = new Map([...closure.nodes].filter(([path, node]) => !leaves(path, node)))
  const kept = (paths: readonly StorePath[]): StorePath[] => paths.filter((path) => nodes.has(path))
  const edges = [...closure.edges].flatMap(([path, targets]) =>
    nodes.has(path) ? [[path, kept(targets)] as const] : [],
  )
  return { roots: kept(closure.roots), nodes, edges: new Map(edges) }
}
