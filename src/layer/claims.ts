/**
 * Which of two threads reads which layer: each layer is read by whoever claims it first.
 *
 * Layers go out in order, so the sending thread can read one itself only when the reader has not begun it; and it should, since it would
 * wait otherwise. Large layers are the reader's from the start: what the ring cannot hold would make it stand still meanwhile.
 */

/** Half of what the ring holds. */
const smallLayer = 8 * 1_048_576
const nobody = 0
const claimants = { reader: 1, sender: 2 } as const

export interface Claims {
  /** Claims a layer, unless the other thread has it; whether it is one's own now. */
  take(layer: number): boolean
}

/** Memory for the claims on layers of these sizes in bytes. */
export function claimsMemory(sizes: readonly number[]): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(sizes.length * Int32Array.BYTES_PER_ELEMENT)
  new Int32Array(memory).set(sizes.map((size) => (size > smallLayer ? claimants.reader : nobody)))
  return memory
}

export function claimsOf(memory: SharedArrayBuffer, who: keyof typeof claimants): Claims {
  const owners = new Int32Array(memory)
  const self = claimants[who]
  return {
    take(layer) {
      const owner = Atomics.compareExchange(owners, layer, nobody, self)
      return owner === nobody || owner === self
    },
  }
}
