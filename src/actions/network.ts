/**
 * Network access of the Workshop: fetches blobs into the store and documents into memory, with the machine's proxies and credentials.
 */
import { BuildError } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import type { Network } from '../net/network.ts'
import { shownUrl } from '../net/redact.ts'
import type { Download } from '../source/package.ts'
import type { FixedForm, PathInfo, Store } from '../store/store.ts'
import { fixedPath, fixedTreePath, type StorePath } from '../store/store-path.ts'

/**
 * Fetches a blob into the store, unless it is there already, from the first address that has it. If one of several addresses sends different
 * content, each of the others is tried from the start.
 *
 * @throws BuildError network.*
 */
export async function downloadTo(
  store: Store,
  { urls, expected }: { readonly urls: readonly URL[]; readonly expected: Download },
  watch: Watch & { readonly network: Network },
): Promise<PathInfo> {
  const { name, hash, form } = expected
  const path = form === undefined ? fixedPath(name, hash) : fixedTreePath(name, hash)
  const present = store.info(path)
  if (present !== undefined) return present
  const adding = form === undefined ? addingFile(store, path, expected) : addingTree(store, path, { ...expected, form })
  const from = (some: readonly URL[]) => adding(some, watch)
  try {
    return await from(urls)
  } catch (thrown) {
    if (urls.length < 2 || !isLie(thrown)) throw thrown
    return fromEach(urls, (url) => from([url]), thrown)
  }
}

type Adding = (urls: readonly URL[], watch: Watch & { readonly network: Network }) => Promise<PathInfo>

function addingFile(store: Store, path: StorePath, { name, hash, size, most, access }: Download): Adding {
  const known = size === undefined ? {} : { size }
  const bounds = most === undefined ? known : { ...known, most }
  return async (urls, watch) => {
    const { fetchBlob } = await import('../net/blob.ts')
    const bytes = fetchBlob(urls, { name, hash, ...bounds, ...watch, ...access })
    return store.addFile(path, bytes, { fixed: hash, candidates: [], ...known })
  }
}

function addingTree(
  store: Store,
  path: StorePath,
  { name, hash, form, access }: Download & { readonly form: FixedForm },
): Adding {
  return async (urls, watch) => {
    const { fetchBlob } = await import('../net/blob.ts')
    const file = fileNameOf(urls) ?? name
    const bytes = fetchBlob(urls, { name: file, ...watch, ...access })
    return store.addFixed(path, { bytes, file, fixed: hash, form })
  }
}

function fileNameOf([url]: readonly URL[]): string | undefined {
  return url === undefined ? undefined : shownUrl(url)
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

/** What a wrong file causes, for plain files and for those that are unpacked. */
const lies: ReadonlySet<string> = new Set([
  'network.digest-mismatch',
  'network.too-large',
  'store.hash-mismatch',
  'archive.invalid',
  'archive.bomb',
  'compression.corrupt',
  'tar.unsupported',
])

function isLie(thrown: unknown): boolean {
  return thrown instanceof BuildError && lies.has(thrown.code)
}
