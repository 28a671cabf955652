/** Images of registries that were pulled into a store, by their layers: the base of an image that does not name it. */
import { type Digest, digestOf, isDigest } from '../base/digest.ts'
import { isPlainObject, jsonIn } from '../base/document.ts'
import type { Memory } from '../store/store.ts'
import type { PublishedBase } from './base-annotations.ts'
import type { Image } from './image.ts'

/** A base that is known. */
export interface KnownBase extends PublishedBase {
  /** Bytes of its config. */
  readonly config: Uint8Array
}

const kind = 'base-image-1'
/** Maximum size of a config that is remembered, in bytes. */
const mostBytes = 65_536

/** Remembers a pulled image. */
export function rememberBase(memory: Memory, { config, layers }: Image, { name, digest }: PublishedBase): void {
  const chain = chainIds(layers.map(({ diffId }) => diffId)).at(-1)
  if (chain === undefined || config.bytes.length > mostBytes) return
  const fact = JSON.stringify({ name, digest, config: Buffer.from(config.bytes).toString('base64') })
  if (memory.fact(kind, chain) !== fact) memory.rememberFact(kind, chain, fact)
}

/** Finds the pulled image that has most of the lowest layers of an image. */
export function knownBase(memory: Memory, diffIds: readonly Digest[]): KnownBase | undefined {
  for (const chain of chainIds(diffIds).reverse()) {
    const value = jsonIn(memory.fact(kind, chain) ?? '')
    if (!isPlainObject(value)) continue
    const { name, digest, config } = value
    if (typeof name !== 'string' || typeof digest !== 'string' || typeof config !== 'string') continue
    if (isDigest(digest)) return { name, digest, config: Buffer.from(config, 'base64') }
  }
  return undefined
}

/** Chain IDs of layers (config.md, "Layer ChainID"), lowest first. */
function chainIds(diffIds: readonly Digest[]): Digest[] {
  const found: Digest[] = []
  for (const diffId of diffIds) {
    const below = found.at(-1)
    found.push(below === undefined ? diffId : digestOf(`${below} ${diffId}`))
  }
  return found
}
