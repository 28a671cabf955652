/** Loads images into a containerd: under temporary names, which are removed in any case. */
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

/** An image that is being loaded. */
export interface Loading {
  readonly plan: ImagePlan
  /** Digest of its manifest, which lists uncompressed layers. */
  readonly digest: Digest
  /** Its temporary name. */
  readonly temporary: string
}

/** Steps that differ between engines with a containerd. */
export interface LoadingSteps {
  /** Arguments that import an OCI archive from standard input. */
  readonly importing: readonly string[]
  /** Arguments that remove a name. */
  removing(name: string): readonly string[]
  /** Checks that images are complete. @param without - blobs omitted from the archive. @throws BuildError engine.failed */
  check(loading: readonly Loading[], without: ReadonlySet<Digest>): Promise<void>
  /** Gives an image its names. */
  name(loading: Loading): Promise<void>
}

/** Returns the digest and temporary name of an image. */
export function loadingOf(plan: ImagePlan, index: number, { token }: Pick<LoadContext, 'token'>): Loading {
  return { plan, digest: manifestDigest(plan), temporary: loadingName(token, index) }
}

/** Computes the digest of the manifest of an image whose layers were hashed. */
export function manifestDigest(plan: ImagePlan): Digest {
  return manifestDescriptor(settle(plan, plan.layers.map(diffIdOf))).digest
}

/** Loads images without the blobs that exist already, or with all of them if that fails. @throws BuildError engine.failed */
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

/** Removes a name that may not exist; not interrupted by a signal. */
export async function removeName(client: Client, words: readonly string[]): Promise<void> {
  try {
    await call(client, words, unwatched)
  } catch (thrown) {
    if (!isEngineFailure(thrown)) throw thrown
  }
}
