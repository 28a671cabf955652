/**
 * Which of two threads reads which layer: each layer is read by whoever claims it first.
 *
 * Layers go out in order, so the sending thread can read one itself only when the reader has not begun it; and it should, since it would
 * wait otherwise. Large layers are left to the reader: what the ring cannot hold would make it stand still meanwhile. While the reader is
 * not at work yet, only the largest are: nothing else happens in the time that they take.
 */

/** Half of what the ring holds. */
const smallLayer = 8 * 1_048_576
/** What is read and hashed while a thread starts. */
const largestLayer = 64 * 1_048_576
const nobody = 0
const claimants = { reader: 1, sender: 2 } as const

/** Who reads a layer; behind the layers, whether the reader is at work. */
export interface ClaimsMemory {
  readonly owners: SharedArrayBuffer
  /** The layers' sizes in bytes. */
  readonly sizes: readonly number[]
}

export interface Claims {
  /** Claims a layer, unless it is the other thread's; whether it is one's own now. */
  take(layer: number): boolean
}

/** Memory for the claims on layers of these sizes in bytes. */
export function claimsMemory(sizes: readonly number[]): ClaimsMemory {
  return { owners: new SharedArrayBuffer((sizes.length + 1) * Int32Array.BYTES_PER_ELEMENT), sizes }
}

export function claimsOf({ owners: memory, sizes }: ClaimsMemory, who: keyof typeof claimants): Claims {
  const owners = new Int32Array(memory)
  const isAtWork = sizes.length
  const self = claimants[who]
  if (who === 'reader') Atomics.store(owners, isAtWork, 1)
  const isLeftToReader = (layer: number): boolean =>
    who === 'sender' && (sizes[layer] ?? 0) > (Atomics.load(owners, isAtWork) === 0 ? largestLayer : smallLayer)
  return {
    take(layer) {
      if (isLeftToReader(layer)) return Atomics.load(owners, layer) === self
      const owner = Atomics.compareExchange(owners, layer, nobody, self)
      return owner === nobody || owner === self
    },
  }
}
