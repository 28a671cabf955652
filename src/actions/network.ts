/**
 * Network access of the Workshop: fetches blobs into the store and documents into memory, with the machine's proxies and credentials.
 */
import type { FileHash } from '../base/digest.ts'
import { BuildError } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import type { Access, Network } from '../net/network.ts'
import type { PathInfo, Store } from '../store/store.ts'
import { fixedPath } from '../store/store-path.ts'

/** Blob with a known hash. */
export interface Expected {
  readonly name: string
  readonly hash: FileHash
  /** Size, in bytes. */
  readonly size?: number
  /** Credentials and proxy, if they differ from the machine's settings. */
  readonly access?: Access
}

/**
 * Fetches a blob into the store, unless it is there already, from the first address that has it. If one of several addresses sends different
 * content, each of the others is tried from the start.
 *
 * @throws BuildError network.*
 */
export async function downloadTo(
  store: Store,
  { urls, expected }: { readonly urls: readonly URL[]; readonly expected: Expected },
  watch: Watch & { readonly network: Network },
): Promise<PathInfo> {
  const path = fixedPath(expected.name, expected.hash)
  const present = store.info(path)
  if (present !== undefined) return present
  const { fetchBlob } = await import('../net/blob.ts')
  const from = (some: readonly URL[]) =>
    store.addFile(path, fetchBlob(some, { ...expected, ...watch, ...expected.access }), {
      fixed: expected.hash,
      candidates: [],
      ...(expected.size === undefined ? {} : { size: expected.size }),
    })
  try {
    return await from(urls)
  } catch (thrown) {
    if (urls.length < 2 || !isLie(thrown)) throw thrown
    return fromEach(urls, (url) => from([url]), thrown)
  }
}

async function fromEach<T>(urls: readonly URL[], ask: (url: URL) => Promise<T>, first: unknown): Promise<T> {
  for (const url of urls) {
    try {
      return await ask(url)
    } catch (thrown) {
      if (!(thrown instanceof BuildError)) throw thrown
    }
  }
  throw first
}

function isLie(thrown: unknown): boolean {
  return (
    thrown instanceof BuildError && (thrown.code === 'network.digest-mismatch' || thrown.code === 'network.too-large')
  )
}
