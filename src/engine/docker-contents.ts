/**
 * docker with the containerd image store: it loads an OCI archive, which may omit the blobs that its images list.
 *
 * docker reports which layers it has unpacked, but not the blobs that store them: those of a pulled image are compressed. The blobs that a
 * manifest written by slipway lists follow from its digest, so they are recorded; docker is asked whether it has the manifest.
 * docker accepts an archive without a blob whose layer is unpacked, so the images relied on must still exist afterwards.
 */
import { type Digest, isDigest } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import type { ImagePlan } from '../image/image.ts'
import type { Memory } from '../store/store.ts'
import { type Calling, type Client, call, isEngineFailure } from './client.ts'
import type { Load, LoadContext } from './engine.ts'
import { type LoadingSteps, loadingOf, loadUnderNames, manifestDigest, removeName } from './loading.ts'
import { staleNames } from './loading-names.ts'
import { diffIdOf, nothingSent } from './partial.ts'
import { isThere, type StoredImage, storedImages } from './stored-images.ts'

/** Queries the images that docker has. */
export async function prepareDockerContents(client: Client, calling: Calling): Promise<Load> {
  const stored = await storedImages(client, calling)
  return async (plans, context) => {
    const { watch, store } = context
    const names = stored.flatMap((image) => image.names)
    for (const name of staleNames(names, context.token)) await removeName(client, removing(name))
    const images = plans.map((plan) => ({ names: plan.names, id: manifestDigest(plan) }))
    const absent: ImagePlan[] = []
    for (const [index, image] of images.entries()) {
      const plan = plans[index]
      if (plan !== undefined && !(await isThere(client, image, { stored, watch }))) absent.push(plan)
    }
    if (absent.length === 0) return { images, ...nothingSent }
    for (const plan of absent) rememberBlobs(store.memory, plan)
    const loading = absent.map((plan, index) => loadingOf(plan, index, context))
    const there = blobsOf(stored, store.memory)
    const steps = stepsOf(client, { ...context, own: new Set(loading.map(({ digest }) => digest)) })
    return { images, ...(await loadUnderNames(client, loading, { steps, there, context })) }
  }
}

const removing = (name: string): readonly string[] => ['rmi', name]

function stepsOf(
  client: Client,
  { watch, store, own }: LoadContext & { readonly own: ReadonlySet<Digest> },
): LoadingSteps {
  return {
    importing: ['load', '--quiet'],
    removing,
    check: async (_loading, without) => {
      if (without.size === 0) return
      const others = (await storedImages(client, watch)).filter(({ id }) => !own.has(id))
      if (without.isSubsetOf(blobsOf(others, store.memory))) return
      fail('engine.failed', `${client.title}: images were removed while others were loaded.`, {
        remedy: 'Run the command again.',
        detail: { engine: client.title },
      })
    },
    name: async ({ plan, temporary }) => {
      for (const name of plan.names) await tag(client, [temporary, name], watch)
    },
  }
}

/** docker moves a name by removing and adding it: concurrent loads can interfere between the two steps. */
async function tag(client: Client, words: readonly string[], watch: Watch, times: number = 3): Promise<void> {
  try {
    await call(client, ['tag', ...words], watch)
  } catch (thrown) {
    if (!isEngineFailure(thrown) || times === 1) throw thrown
    await tag(client, words, watch, times - 1)
  }
}

const factKind = 'manifest-blobs'

function rememberBlobs(memory: Memory, plan: ImagePlan): void {
  memory.rememberFact(factKind, manifestDigest(plan), plan.layers.map(diffIdOf).join(' '))
}

function blobsOf(images: readonly StoredImage[], memory: Memory): ReadonlySet<Digest> {
  return new Set(images.flatMap(({ id }) => (memory.fact(factKind, id) ?? '').split(' ').filter(isDigest)))
}
