/**
 * Which of two threads hashes which layer: each layer is hashed by whoever claims it first.
 *
 * The sender comes to the layers in their order, and reads each anyway. The worker takes the largest that nobody has claimed, so what it
 * does last is small, and both end at about the same time. While the worker starts, a layer that takes longer than that is left to it.
 */

/**
 * Bytes. What takes less time to hash is not worth a thread, which takes some 40 ms to start: from here on one saves time where the bytes
 * go into a pipe; where they go nowhere, several layers of twice as many break even (measured).
 */
export const worthThread: number = 128 * 1_048_576

const nobody = 0
const sender = 1
const worker = 2

/** Who hashes each layer; behind the layers, whether the worker is at work. */
export interface ClaimsMemory {
  readonly owners: SharedArrayBuffer
  /** The layers' sizes in bytes. */
  readonly sizes: readonly number[]
}

/** The sender's side. */
export interface SenderClaims {
  /** Claims a layer, unless it is the worker's; whether it is the sender's own now. */
  take(layer: number): boolean
  /** Whether any layer is the worker's. */
  areShared(): boolean
}

/** Memory for the claims on layers of these sizes in bytes. */
export function claimsMemory(sizes: readonly number[]): ClaimsMemory {
  return { owners: new SharedArrayBuffer((sizes.length + 1) * Int32Array.BYTES_PER_ELEMENT), sizes }
}

export function senderClaims({ owners: memory, sizes }: ClaimsMemory): SenderClaims {
  const owners = new Int32Array(memory)
  const isLeft = (layer: number): boolean =>
    (sizes[layer] ?? 0) >= worthThread && Atomics.load(owners, sizes.length) === 0
  return {
    take: (layer) => ownerOf(owners, layer, isLeft(layer) ? worker : sender) === sender,
    areShared: () => sizes.some((_, layer) => Atomics.load(owners, layer) === worker),
  }
}

/** The worker's layers, one after the other: each is claimed when it is asked for. */
export function* workerClaims({ owners: memory, sizes }: ClaimsMemory): Generator<number> {
  const owners = new Int32Array(memory)
  Atomics.store(owners, sizes.length, 1)
  const largestFirst = [...sizes.entries()].sort(([, a], [, b]) => b - a)
  for (const [layer] of largestFirst) if (ownerOf(owners, layer, worker) === worker) yield layer
}

/** The owner of a layer, which is `claimant` if it had none. */
function ownerOf(owners: Int32Array, layer: number, claimant: number): number {
  const owner = Atomics.compareExchange(owners, layer, nobody, claimant)
  return owner === nobody ? claimant : owner
}
