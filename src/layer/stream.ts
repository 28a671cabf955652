/**
 * Layer plans → bytes and diff IDs, in one pass: what is sent is hashed on its way.
 *
 * Nothing is held but a few buffers. A layer whose diff ID is remembered is not hashed again. Sizes are checked against the plans. The
 * caller puts the bytes where they belong: into an archive, a compressor, a registry.
 */
import { createHash, type Hash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { type Digest, isDigest } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import { unwatched, type Watch } from '../base/event.ts'
import type { Memory, StoreReader } from '../store/store.ts'
import type { LayerPlan } from './layer.ts'
import { directReader, type LayerReader } from './layer-reader.ts'

/** What a stream of layers consists of: for each layer its plan, its bytes in chunks, its diff ID. */
export type LayerPart =
  | { readonly kind: 'begin'; readonly plan: LayerPlan }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly plan: LayerPlan; readonly diffId: Digest }

export interface StreamOptions {
  readonly watch?: Watch
  /** "owned" (default): chunks are the receiver's. "lent": valid until the next part is asked for; saves a copy where they are written at once. */
  readonly chunks?: 'owned' | 'lent'
  /** Hash layers whose diff ID is remembered too, and compare. */
  readonly verify?: boolean
  /** Whether a thread of its own reads; by default where that pays. */
  readonly thread?: boolean
}

/** The store's part that streaming needs. */
export type LayerStore = StoreReader & { readonly memory: Pick<Memory, 'rememberLayer'> }

/**
 * Streams layers, in order, and remembers their diff IDs.
 *
 * @throws BuildError stream.mismatch - a layer is not as long as planned, or not what it was; content.changed; the signal's reason.
 */
export async function* streamLayers(
  plans: readonly LayerPlan[],
  store: LayerStore,
  options: StreamOptions = {},
): AsyncGenerator<LayerPart, void, undefined> {
  const hashed = plans.map((plan) => options.verify === true || plan.remembered === undefined)
  const toHash = plans.reduce((sum, { size }, layer) => sum + (hashed[layer] === true ? size : 0), 0)
  const progress = progressOf(plans, options.watch ?? unwatched)
  await using reader = await readerOf(plans, store, options.thread ?? toHash >= threadThreshold)
  for (const [layer, plan] of plans.entries()) {
    yield { kind: 'begin', plan }
    const hasher = hashed[layer] === true ? createHash('sha256') : undefined
    let size = 0
    for await (const bytes of reader.chunks(layer)) {
      size += bytes.length
      if (size > plan.size) break
      hasher?.update(bytes)
      yield { kind: 'bytes', bytes: options.chunks === 'lent' ? bytes : new Uint8Array(bytes) }
      await progress(bytes.length)
    }
    yield { kind: 'end', plan, diffId: checked(plan, size, hasher, store) }
  }
}

// A thread pays when there is much to hash, since reading and hashing then overlap; it takes 33 ms to start.
const threadThreshold = 64 * 1_048_576

async function readerOf(plans: readonly LayerPlan[], store: LayerStore, inThread: boolean): Promise<LayerReader> {
  return inThread ? (await import('./thread-reader.ts')).threadReader(plans, store) : directReader(plans, store)
}

/** The layer's diff ID, when all of it was sent. */
function checked(plan: LayerPlan, size: number, hasher: Hash | undefined, { memory }: LayerStore): Digest {
  if (size !== plan.size)
    mismatch(plan, `it is ${size > plan.size ? 'larger' : 'smaller'} than the ${plan.size} bytes planned`)
  const { remembered } = plan
  if (hasher === undefined) {
    if (remembered === undefined) throw new Error('unreachable: a layer neither hashed nor remembered')
    return remembered
  }
  const diffId = `sha256:${hasher.digest('hex')}`
  if (!isDigest(diffId)) throw new Error('unreachable: a digest in no form')
  if (remembered !== undefined && remembered !== diffId)
    mismatch(plan, `its diff ID is ${diffId}, but was ${remembered}`)
  if (remembered === undefined) memory.rememberLayer(plan.name, { diffId, size })
  return diffId
}

function mismatch({ recipe }: LayerPlan, fact: string): never {
  const [first, ...others] = recipe.members
  const holder = `The layer of ${first?.path ?? 'nothing'}${others.length > 0 ? ` and ${others.length} more` : ''}`
  return fail('stream.mismatch', `${holder} is not what it was: ${fact}.`, {
    remedy: 'An object in the store was changed: delete it, run `slipway gc`, and build again.',
    detail: { path: first?.path ?? '' },
  })
}

// Some 10 ms of work: often enough for a progress line and for ctrl-C, seldom enough to cost nothing.
const turnBytes = 16 * 1_048_576

/** Counts bytes; now and then reports them, and lets signals and timers through. */
function progressOf(plans: readonly LayerPlan[], { signal, report }: Watch): (bytes: number) => void | Promise<void> {
  const total = plans.reduce((sum, { size }) => sum + size, 0)
  const subject = plans.length === 1 ? '1 layer' : `${plans.length} layers`
  let done = 0
  let reported = 0
  return (bytes) => {
    done += bytes
    if (done - reported < turnBytes && done < total) return
    reported = done
    report({ at: 'layer', subject, done, total })
    return turn().then(() => signal.throwIfAborted())
  }
}
