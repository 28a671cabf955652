/**
 * Locations of layers' bytes, remembered by layer name: computing them again would read the index of each package.
 *
 * They remain valid as long as the files exist: their names determine their content, and its layout is the same for every index of one
 * version.
 */
import type { Memory, StoreReader } from '../../store/store.ts'
import { tarIndexVersion } from '../../store/tar/index.ts'
import type { LayerPlan, Spliced } from '../layer.ts'

type Name = LayerPlan['name']

/** The part of the store that is needed. */
type Store = Pick<StoreReader, 'root' | 'fileSize'> & { readonly memory: Pick<Memory, 'fact' | 'rememberFact'> }

/** Stored form: files by their names in the store's root, with their sizes; ranges by the numbers of their files. */
interface Remembered {
  readonly files: readonly (readonly [name: string, size: number])[]
  readonly ranges: readonly (readonly [file: number, offset: number, size: number])[]
  readonly end: number
}

const kind = `layer-bytes-${tarIndexVersion}`

/** Returns the remembered locations of a layer; undefined if there are none, or a file is missing or of another size. */
export function rememberedBytes(store: Store, name: Name): Spliced | undefined {
  const text = store.memory.fact(kind, name)
  if (text === undefined) return undefined
  const { files, ranges, end }: Remembered = JSON.parse(text)
  const places = files.map(([file]) => `${store.root}/${file}`)
  if (!files.every(([, size], index) => store.fileSize(places[index] ?? '') === size)) return undefined
  return { ranges: ranges.map(([file, offset, size]) => ({ file: places[file] ?? '', offset, size })), end }
}

/** Remembers locations, if all files are in the store's root. */
export function rememberBytes(store: Store, name: Name, { ranges, end }: Spliced): void {
  const inStore = `${store.root}/`
  const files = [...new Set(ranges.map(({ file }) => file))]
  if (!files.every((file) => file.startsWith(inStore))) return
  const numbers = new Map(files.map((file, index) => [file, index]))
  const remembered: Remembered = {
    files: files.map((file) => [file.slice(inStore.length), store.fileSize(file) ?? -1]),
    ranges: ranges.map(({ file, offset, size }) => [numbers.get(file) ?? -1, offset, size]),
    end,
  }
  store.memory.rememberFact(kind, name, JSON.stringify(remembered))
}
