/**
 * A ring of buffers that two threads share: one fills, the other empties, in order.
 *
 * 16 slots of 1 MiB (more or larger gain nothing, smaller cost; measured). Each slot has a state in shared memory: free, full, or
 * "no more". A side waits on the very value that it read, else a change in between would be slept through.
 */

const slotCount = 16
const slotSize = 1_048_576
const free = 0
const full = 1
const closed = 2
/** Per slot: its state, how many bytes are in it, and of which layer. */
const fields = 3

/** What crosses to the other thread. */
export interface RingMemory {
  readonly bytes: SharedArrayBuffer
  readonly states: SharedArrayBuffer
}

export function ringMemory(): RingMemory {
  return {
    bytes: new SharedArrayBuffer(slotCount * slotSize),
    states: new SharedArrayBuffer(slotCount * fields * Int32Array.BYTES_PER_ELEMENT),
  }
}

/** The side that fills. */
export interface RingWriter {
  /** The next slot, once it is free. */
  take(): Uint8Array
  /** Hands over the slot that was taken, with so many bytes of a layer in it. */
  publish(size: number, layer: number): void
  /** Says that nothing comes any more. */
  close(): void
}

/** The bytes of one slot. */
export interface Filled {
  readonly bytes: Uint8Array
  readonly layer: number
}

/** The side that empties. */
export interface RingReader {
  /** What stands next, until it is released; "waiting" when nothing came within so many milliseconds; undefined after the last. */
  peek(milliseconds: number): Filled | 'waiting' | undefined
  /** Gives the slot back. */
  release(): void
}

export function ringWriter(memory: RingMemory): RingWriter {
  const states = new Int32Array(memory.states)
  let turn = 0
  const taken = (): number => {
    const at = turn * fields
    for (let state = Atomics.load(states, at); state !== free; state = Atomics.load(states, at))
      Atomics.wait(states, at, state)
    return at
  }
  const pass = (state: number): void => {
    Atomics.store(states, turn * fields, state)
    Atomics.notify(states, turn * fields)
    turn = (turn + 1) % slotCount
  }
  return {
    take() {
      taken()
      return slot(memory, turn, slotSize)
    },
    publish(size, layer) {
      states[turn * fields + 1] = size
      states[turn * fields + 2] = layer
      pass(full)
    },
    close() {
      taken()
      pass(closed)
    },
  }
}

export function ringReader(memory: RingMemory): RingReader {
  const states = new Int32Array(memory.states)
  let turn = 0
  return {
    peek(milliseconds) {
      const at = turn * fields
      let state = Atomics.load(states, at)
      if (state === free) {
        Atomics.wait(states, at, state, milliseconds)
        state = Atomics.load(states, at)
      }
      if (state === free) return 'waiting'
      return state === full ? { bytes: slot(memory, turn, states[at + 1] ?? 0), layer: states[at + 2] ?? 0 } : undefined
    },
    release() {
      Atomics.store(states, turn * fields, free)
      Atomics.notify(states, turn * fields)
      turn = (turn + 1) % slotCount
    },
  }
}

function slot({ bytes }: RingMemory, number: number, size: number): Uint8Array {
  return new Uint8Array(bytes, number * slotSize, size)
}
