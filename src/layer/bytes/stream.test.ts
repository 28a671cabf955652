import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary.ts'
import { type TreeStore, treeStore } from '../../../test/support/tree-store.ts'
import { gather } from '../../base/bytes.ts'
import { digestOf } from '../../base/digest.ts'
import { type BuildEvent, unwatched } from '../../base/event.ts'
import { readPieces } from '../../format/tar/write.ts'
import { file, memoryTree } from '../../tree/memory.ts'
import type { LayerPlan } from '../layer.ts'
import { planLayer } from '../plan.ts'
import { layerPieces } from './layer-pieces.ts'
import { type LayerPart, type StreamOptions, streamLayers } from './stream.ts'

const mebibyte = 1_048_576

function sampleStore(): TreeStore {
  // The period does not divide a buffer's size, so misplaced bytes show.
  const large = Buffer.alloc(2 * mebibyte + 12_345, 'seventeen letters')
  return treeStore(
    {
      a: { as: 'store', tree: memoryTree({ large: file(large), small: file('s') }) },
      b: { as: 'store', tree: memoryTree({ text: file('text') }) },
      own: { as: 'layer', tree: memoryTree({ 'etc/motd': file('welcome'), 'etc/large': file(large) }) },
    },
    temporaryFolder(),
  )
}

interface Received {
  readonly plan: LayerPlan
  readonly bytes: Uint8Array
  readonly diffId: string
}

async function receive(plans: readonly LayerPlan[], store: TreeStore, options?: StreamOptions): Promise<Received[]> {
  const sent: Pick<Received, 'plan' | 'bytes'>[] = []
  const received: Received[] = []
  let chunks: Uint8Array[] = []
  for await (const part of streamLayers(plans, store, options)) {
    if (part.kind === 'begin') chunks = []
    // A lent chunk must be copied at once.
    else if (part.kind === 'bytes') chunks.push(options?.chunks === 'lent' ? Buffer.from(part.bytes) : part.bytes)
    else if (part.kind === 'end') sent.push({ plan: part.plan, bytes: Buffer.concat(chunks) })
    else {
      const layer = sent.shift()
      assert.ok(layer?.plan === part.plan)
      received.push({ ...layer, diffId: part.diffId })
    }
  }
  return received
}

test('stream: yields the layers’ bytes, and their digests as diff IDs', async () => {
  const store = sampleStore()
  const plans = [store.recipe(['a', 'b']), store.recipe(['own']), store.recipe(['b'])].map((recipe) =>
    planLayer(store, recipe),
  )
  for (const chunks of ['owned', 'lent'] as const) {
    const received = await receive(plans, store, { chunks })
    assert.deepEqual(
      received.map(({ plan }) => plan),
      plans,
    )
    for (const { plan, bytes, diffId } of received) {
      assert.ok(Buffer.from(bytes).equals(gather(readPieces(layerPieces(store, plan.recipe)))))
      assert.equal(diffId, digestOf(bytes))
    }
  }
})

test('stream: diff IDs are remembered, and a remembered layer is not hashed again', async () => {
  const store = sampleStore()
  const [first] = await receive([planLayer(store, store.recipe(['b']))], store)
  const plan = planLayer(store, store.recipe(['b']))
  assert.equal(plan.remembered, first?.diffId)
  // A wrong remembered diff ID goes unnoticed, since nothing is hashed.
  const lie = digestOf('lie')
  assert.equal((await receive([{ ...plan, remembered: lie }], store))[0]?.diffId, lie)
  await assert.rejects(receive([{ ...plan, remembered: lie }], store, { verify: true }), { code: 'stream.mismatch' })
  assert.equal((await receive([plan], store, { verify: true }))[0]?.diffId, first?.diffId)
})

test('stream: a layer of another size than planned is refused, and nothing is remembered', async () => {
  const store = sampleStore()
  const plan = planLayer(store, store.recipe(['a']))
  for (const size of [plan.size - 512, plan.size + 512]) {
    await assert.rejects(receive([{ ...plan, size }], store), {
      code: 'stream.mismatch',
      message: size < plan.size ? /is larger than the/ : /is smaller than the/,
    })
  }
  assert.equal(store.memory.layers.size, 0)
  let sent = 0
  const sending = async (): Promise<void> => {
    for await (const part of streamLayers([{ ...plan, size: 1000 }], store))
      if (part.kind === 'bytes') sent += part.bytes.length
  }
  await assert.rejects(sending, { code: 'stream.mismatch' })
  assert.ok(sent <= 1000)
})

test('stream: progress counts all bytes, and an abort stops between chunks with its reason', async () => {
  const store = sampleStore()
  const plans = [planLayer(store, store.recipe(['a'])), planLayer(store, store.recipe(['own']))]
  const total = plans.reduce((sum, { size }) => sum + size, 0)
  const events: BuildEvent[] = []
  await receive(plans, store, { watch: { ...unwatched, report: (event) => events.push(event) } })
  assert.deepEqual(events.at(-1), { at: 'layer', subject: '2 layers', done: total, total })
  const controller = new AbortController()
  controller.abort(new Error('enough'))
  await assert.rejects(receive(plans, store, { watch: { ...unwatched, signal: controller.signal } }), {
    message: 'enough',
  })
})

test('stream: diff IDs come after all layers', async () => {
  const store = sampleStore()
  const plans = [store.recipe(['b']), store.recipe(['own'])].map((recipe) => planLayer(store, recipe))
  const kinds: LayerPart['kind'][] = []
  for await (const { kind } of streamLayers(plans, store)) if (kind !== 'bytes') kinds.push(kind)
  assert.deepEqual(kinds, ['begin', 'end', 'begin', 'end', 'diff-id', 'diff-id'])
})

test('stream: stopping early closes open files', async () => {
  const store = sampleStore()
  const parts: LayerPart['kind'][] = []
  for await (const part of streamLayers([planLayer(store, store.recipe(['a']))], store)) {
    parts.push(part.kind)
    if (part.kind === 'bytes') break
  }
  assert.deepEqual(parts, ['begin', 'bytes'])
  assert.equal(store.memory.layers.size, 0)
})
