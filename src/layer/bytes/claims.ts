/**
 * Divides layers between two hashing threads: whichever claims a layer first hashes it.
 *
 * The sender takes the layers in order, since it reads each anyway. The worker takes the largest unclaimed layer, so its last ones are
 * small and both finish at about the same time. While the worker starts, layers that take longer than starting it are left to it.
 */

/**
 * Size, in bytes. Hashing less than this is not worth a thread, which takes some 40 ms to start: from here on one saves time if the bytes
 * go into a pipe; if they are discarded, several layers of twice this size break even (measured).
 */
export const worthThread: number = 128 * 1_048_576

const nobody = 0
const sender = 1
const worker = 2

/** Owner of each layer; the last element tells whether the worker is running. */
export interface ClaimsMemory {
  readonly owners: SharedArrayBuffer
  /** Sizes of the layers, in bytes. */
  readonly sizes: readonly number[]
}

/** The sender's side. */
export interface SenderClaims {
  /** Claims a layer, unless the worker has it; returns whether it is the sender's. */
  take(layer: number): boolean
  /** Tells whether the worker has any layer. */
  areShared(): boolean
}

/** Shared memory for the claims on layers of these sizes, in bytes. */
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

/** Yields the worker's layers one by one, claiming each when it is requested. */
export function* workerClaims({ owners: memory, sizes }: ClaimsMemory): Generator<number> {
  const owners = new Int32Array(memory)
  Atomics.store(owners, sizes.length, 1)
  const largestFirst = [...sizes.entries()].sort(([, a], [, b]) => b - a)
  for (const [layer] of largestFirst) if (ownerOf(owners, layer, worker) === worker) yield layer
}

/** Claims a layer for `claimant` if it is free; returns its owner. */
function ownerOf(owners: Int32Array, layer: number, claimant: number): number {
  const owner = Atomics.compareExchange(owners, layer, nobody, claimant)
  return owner === nobody ? claimant : owner
}
