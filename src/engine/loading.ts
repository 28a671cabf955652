/** Loading into a containerd: under names for the moment, which are removed whatever happens. */
import type { Digest } from '../base/digest.ts'
import { unwatched } from '../base/event.ts'
import { compressors } from '../format/compression/compressors.ts'
import type { ImagePlan } from '../image/image.ts'
import { settle } from '../image/settle.ts'
import { partialLayout } from '../transport/layout-archive.ts'
import { manifestDescriptor } from '../transport/packed-image.ts'
import { type Client, call, isEngineFailure } from './client.ts'
import type { LoadContext } from './engine.ts'
import { loadingName } from './loading-names.ts'
import { diffIdOf, type Sent, sendMissing } from './partial.ts'

/** An image and what it is loaded as. */
export interface Loading {
  readonly plan: ImagePlan
  /** Digest of its manifest, which lists uncompressed layers. */
  readonly digest: Digest
  /** Its name for the moment. */
  readonly temporary: string
}

/** The steps that engines with a containerd take in their own ways. */
export interface LoadingSteps {
  /** Arguments that import an OCI archive from standard input. */
  readonly importing: readonly string[]
  /** Arguments that remove a name. */
  removing(name: string): readonly string[]
  /** Fails when an image is not complete. @param without - what was left out of the archive. @throws BuildError engine.failed */
  check(loading: readonly Loading[], without: ReadonlySet<Digest>): Promise<void>
  /** Gives an image its names. */
  name(loading: Loading): Promise<void>
}

/** What an image is loaded as. */
export function loadingOf(plan: ImagePlan, index: number, { token }: Pick<LoadContext, 'token'>): Loading {
  return { plan, digest: manifestDigest(plan), temporary: loadingName(token, index) }
}

/** Digest of the manifest of an image whose layers were hashed. */
export function manifestDigest(plan: ImagePlan): Digest {
  return manifestDescriptor(settle(plan, plan.layers.map(diffIdOf))).digest
}

/** Loads images without the blobs that are there, or with all of them when that fails. @throws BuildError engine.failed */
export async function loadUnderNames(
  client: Client,
  loading: readonly Loading[],
  {
    steps,
    there,
    context,
  }: { readonly steps: LoadingSteps; readonly there: ReadonlySet<Digest>; readonly context: LoadContext },
): Promise<Sent> {
  const { store, watch } = context
  const layers = new Set(loading.flatMap(({ plan }) => plan.layers.map(diffIdOf)))
  const plans = loading.map(({ plan, temporary }) => ({ ...plan, names: [temporary] }))
  try {
    const sent = await sendMissing(layers.intersection(there), new Set<Digest>(), async (has) => {
      const options = { store, watch, compressor: compressors.none }
      const layout = await partialLayout(plans, (digest) => has.has(digest), options)
      const { fed } = await call(client, steps.importing, { signal: watch.signal, input: layout.bytes() })
      await steps.check(loading, has)
      return fed
    })
    for (const image of loading) await steps.name(image)
    return sent
  } finally {
    for (const { temporary } of loading) await removeName(client, steps.removing(temporary))
  }
}

/** Removes a name that may not be there; not even a signal stops it. */
export async function removeName(client: Client, words: readonly string[]): Promise<void> {
  try {
    await call(client, words, unwatched)
  } catch (thrown) {
    if (!isEngineFailure(thrown)) throw thrown
  }
}
