/**
 * Converts layer plans to bytes and diff IDs in one pass: bytes are hashed as they are sent, or meanwhile by a second thread
 * (hash-thread.ts).
 *
 * Holds only a few buffers. A layer with a remembered diff ID is not hashed again. Sizes are checked against the plans. The caller passes
 * the bytes on: to an archive, a compressor, a registry.
 */
import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import type { Digest } from '../../base/digest.ts'
import { fail } from '../../base/error.ts'
import { unwatched, type Watch } from '../../base/event.ts'
import type { Memory, StoreReader } from '../../store/store.ts'
import type { LayerPlan } from '../layer.ts'
import { worthThread } from './claims.ts'
import type { HashThread } from './hash-thread.ts'
import { layerReader } from './layer-reader.ts'

/** Parts of a stream of layers: for each layer its plan, its bytes in chunks, its end; then, in the same order, all diff IDs. */
export type LayerPart =
  | { readonly kind: 'begin'; readonly plan: LayerPlan }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly plan: LayerPlan }
  | { readonly kind: 'diff-id'; readonly plan: LayerPlan; readonly diffId: Digest }

export interface StreamOptions {
  readonly watch?: Watch
  /**
   * "owned" (default): chunks belong to the receiver. "lent": valid until the next part is requested; saves a copy if they are written at
   * once.
   */
  readonly chunks?: 'owned' | 'lent'
  /** Whether to hash layers with a remembered diff ID as well, and compare. */
  readonly verify?: boolean
  /** Whether a second thread hashes too; default: if it saves time. */
  readonly thread?: boolean
}

/** The part of the store that streaming needs. */
export type LayerStore = StoreReader & { readonly memory: Pick<Memory, 'rememberLayer'> }

/**
 * Streams layers, in order, and remembers their diff IDs.
 *
 * @throws BuildError stream.mismatch - a layer differs from its planned size or remembered diff ID; content.changed; the signal's reason.
 */
export async function* streamLayers(
  plans: readonly LayerPlan[],
  store: LayerStore,
  options: StreamOptions = {},
): AsyncGenerator<LayerPart, void, undefined> {
  const { verify = false, watch = unwatched, chunks = 'owned' } = options
  const toHash = plans.filter(({ remembered }) => verify || remembered === undefined)
  const diffIds = new Map<LayerPlan, Digest>()
  const progress = progressOf(plans, watch)
  const read = layerReader(store)
  using thread = await threadFor(toHash, store, options.thread)
  for (const plan of plans) {
    yield { kind: 'begin', plan }
    const layer = toHash.indexOf(plan)
    const hasher = layer === -1 || thread?.hashes(layer) === true ? undefined : createHash('sha256')
    let size = 0
    for (const bytes of read(plan)) {
      size += bytes.length
      if (size > plan.size) break
      hasher?.update(bytes)
      yield { kind: 'bytes', bytes: chunks === 'lent' ? bytes : new Uint8Array(bytes) }
      await progress(bytes.length)
    }
    checkSize(plan, size)
    if (hasher !== undefined) diffIds.set(plan, settled(plan, `sha256:${hasher.digest('hex')}`, store))
    yield { kind: 'end', plan }
  }
  for (const { layer, size, diffId } of (await thread?.hashed(watch.signal)) ?? []) {
    const plan = toHash[layer] ?? unhashed()
    checkSize(plan, size)
    diffIds.set(plan, settled(plan, diffId, store))
  }
  for (const plan of plans) yield { kind: 'diff-id', plan, diffId: diffIds.get(plan) ?? plan.remembered ?? unhashed() }
}

/** Computes diff IDs of layers by name: those remembered, and the others after hashing. @throws BuildError as `streamLayers` */
export async function hashLayers(
  plans: readonly LayerPlan[],
  store: LayerStore,
  watch: Watch,
): Promise<ReadonlyMap<Digest, Digest>> {
  const unknown = new Map(plans.flatMap((plan) => (plan.remembered === undefined ? [[plan.name, plan] as const] : [])))
  const diffIds = new Map(
    plans.flatMap(({ name, remembered }) => (remembered === undefined ? [] : [[name, remembered] as const])),
  )
  for await (const part of streamLayers([...unknown.values()], store, { watch, chunks: 'lent' }))
    if (part.kind === 'diff-id') diffIds.set(part.plan.name, part.diffId)
  return diffIds
}

async function threadFor(
  toHash: readonly LayerPlan[],
  { root }: LayerStore,
  isWanted = sizeOf(toHash) >= worthThread,
): Promise<HashThread | undefined> {
  return isWanted ? (await import('./hash-thread.ts')).startHashThread(toHash, root) : undefined
}

function sizeOf(plans: readonly LayerPlan[]): number {
  return plans.reduce((sum, { size }) => sum + size, 0)
}

function checkSize(plan: LayerPlan, size: number): void {
  if (size !== plan.size)
    mismatch(plan, `it is ${size > plan.size ? 'larger' : 'smaller'} than the ${plan.size} bytes planned`)
}

/** Returns the diff ID of a hashed layer, and remembers it. */
function settled(plan: LayerPlan, diffId: Digest, { memory }: LayerStore): Digest {
  const { name, size, remembered } = plan
  if (remembered === undefined) memory.rememberLayer(name, { diffId, size })
  else if (remembered !== diffId) mismatch(plan, `its diff ID is ${diffId}, but was ${remembered}`)
  return diffId
}

function unhashed(): never {
  throw new Error('unreachable: a layer that is neither hashed nor remembered')
}

function mismatch({ recipe }: LayerPlan, fact: string): never {
  const [first, ...others] = recipe.members
  const holder = `The layer of ${first?.path ?? 'nothing'}${others.length > 0 ? ` and ${others.length} more` : ''}`
  return fail('stream.mismatch', `${holder} has changed: ${fact}.`, {
    remedy: 'An object in the store was modified: delete it, run `slipway gc`, and build again.',
    detail: { path: first?.path ?? '' },
  })
}

// Some 10 ms of work: often enough for progress and ctrl-C, seldom enough to cost nothing.
const turnBytes = 16 * 1_048_576

/** Counts bytes; reports them at intervals, and lets signals and timers run. */
function progressOf(plans: readonly LayerPlan[], { signal, report }: Watch): (bytes: number) => void | Promise<void> {
  const total = sizeOf(plans)
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
