/** A store for tests of layers: objects are trees in memory; flat objects have an archive on disk too, as in a store. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gather } from '../../src/base/bytes.ts'
import { type Digest, digestOf } from '../../src/base/digest.ts'
import { paddingOf } from '../../src/format/tar/member.ts'
import { type FileContent, tarPieces, writeTar } from '../../src/format/tar/write.ts'
import type { LayerRecipe } from '../../src/layer/layer.ts'
import { layerRecipe } from '../../src/layer/recipe.ts'
import type { FlatLayout, LaidOut, Memory, PathInfo, StoreReader } from '../../src/store/store.ts'
import { recipePath, type StorePath } from '../../src/store/store-path.ts'
import { formatTarIndex, parseTarIndex, type TarPart } from '../../src/store/tar/index.ts'
import type { Entry } from '../../src/tree/entry.ts'
import type { Tree } from '../../src/tree/tree.ts'

/** An object by its name. */
export interface TreeObject {
  readonly as: LaidOut
  readonly tree: Tree
}

export interface TreeStore extends StoreReader {
  readonly memory: Memory & { readonly layers: Map<Digest, { readonly diffId: Digest; readonly size: number }> }
  /** How often an object's tree was requested. */
  readonly asked: Map<StorePath, number>
  /** A recipe of objects by name. */
  recipe(names: readonly string[], options?: Partial<LayerRecipe['options']>): LayerRecipe
}

/** A store of these objects, with its files in `folder`. */
export function treeStore(objects: Readonly<Record<string, TreeObject>>, folder: string): TreeStore {
  const known = new Map(Object.entries(objects).map(([name, object]) => [recipePath(name, name), object] as const))
  const asked = new Map<StorePath, number>()
  const treeAt = (path: StorePath): Tree => {
    asked.set(path, (asked.get(path) ?? 0) + 1)
    return known.get(path)?.tree ?? absent(path)
  }
  const physical = (path: StorePath): string => join(folder, 'nix/store', path)
  const packed = (path: StorePath, as: FlatLayout): FileContent => {
    const file = as === 'layer' ? physical(path) : join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    const tar = gather(writeTar(treeAt(path).entries(), { names: 'relative', end: 'record' }))
    const bytes = as === 'layer' ? tar : tar.subarray(0, membersEnd(tar))
    writeFileSync(file, bytes)
    return { size: bytes.length, at: { file, offset: 0 }, open: () => [bytes] }
  }
  return {
    root: folder,
    physical,
    fileSize: (file) => statSync(file, { throwIfNoEntry: false })?.size,
    info: (path) => (known.has(path) ? infoOf(path) : undefined),
    tree: treeAt,
    outline: () => undefined,
    laidOut: treeAt,
    control: () => new Map(),
    packedSize: (path, as) => packed(path, as).size,
    parts: (path, as) => {
      const { at } = packed(path, as)
      const parts = partsOf([...treeAt(path).entries()])
      return parts === undefined ? undefined : { file: at.file, parts }
    },
    asked,
    memory: memoryOf(),
    recipe: (names, options) =>
      layerRecipe(
        names.map((name) => {
          const path = recipePath(name, name)
          return { path, as: known.get(path)?.as ?? absent(path), info: infoOf(path) }
        }),
        options,
      ),
  }
}

function partsOf(entries: readonly Entry[]): readonly TarPart[] | undefined {
  const contents: number[] = []
  for (const _ of tarPieces(entries, { names: 'relative', end: 'none' }, (offset) => contents.push(offset)));
  const end = (index: number): number => {
    const entry = entries[index]
    const size = entry?.kind === 'file' ? entry.content.size : 0
    return (contents[index] ?? 0) + size + paddingOf(size)
  }
  const places = contents.map((content, index) => ({ start: end(index - 1), content, end: end(index) }))
  const index = formatTarIndex(entries, { tarSize: 0, membersSize: 0 }, places)
  return parseTarIndex(Buffer.from(index), '')?.parts()
}

function infoOf(path: StorePath): PathInfo {
  return { path, narHash: digestOf(path), narSize: 0, references: [], signatures: [] }
}

function memoryOf(): TreeStore['memory'] {
  const layers = new Map<Digest, { readonly diffId: Digest; readonly size: number }>()
  const facts = new Map<string, string>()
  return {
    layers,
    layer: (recipe) => layers.get(recipe),
    rememberLayer: (recipe, found) => layers.set(recipe, found),
    fact: (kind, key) => facts.get(`${kind} ${key}`),
    rememberFact: (kind, key, value) => facts.set(`${kind} ${key}`, value),
  }
}

/** Start of the zeros at an archive's end: every member's header starts with its name. */
function membersEnd(tar: Uint8Array): number {
  let end = tar.length
  while (end >= 512 && tar.subarray(end - 512, end).every((byte) => byte === 0)) end -= 512
  return end
}

function absent(path: StorePath): never {
  throw new Error(`no object ${path}`)
}
