/**
 * Files of this machine as `copy()` keeps them: a directory in slices (slices.ts), so that a build after a change reads and writes only what
 * it affects; a single file as `path()` has it.
 *
 * A slice is a layer file, known by the digest of its bytes. That digest is remembered with the status of the slice's files (device, inode,
 * size, mtime, ctime), so unchanged slices are not read again.
 */
import { type Digest, digestOf, digestOfAll, isDigest } from '../base/digest.ts'
import { canonicalJson, isPlainObject, jsonIn } from '../base/document.ts'
import { BuildError, fail } from '../base/error.ts'
import { limit } from '../base/limit.ts'
import type { TarForm } from '../format/tar/member.ts'
import { tarSize, writeTar } from '../format/tar/write.ts'
import type { Memory, Store } from '../store/store.ts'
import { contentAddress, fixedPath, type StorePath, textPath } from '../store/store-path.ts'
import { formatSlices } from '../store/tar/slices.ts'
import { diskTree } from '../tree/disk.ts'
import { type Metadata, type NodeEntry, plain } from '../tree/entry.ts'
import { stamped } from '../tree/fingerprint.ts'
import { memoryTree, file as textFile } from '../tree/memory.ts'
import { type EntryPath, root } from '../tree/path.ts'
import { adjusted } from '../tree/transform.ts'
import { type Tree, treeOf } from '../tree/tree.ts'
import { accepted, type From, isSettled, ofPresent, readsOf, rulesOf } from './from-disk.ts'
import type { Maker, Recipe, Workshop } from './package.ts'
import { pathRecipe } from './path.ts'
import { sliceRule, slicesOf } from './slices.ts'

/** Makes what `copy()` copies. */
export const copiedMaker: Maker<From> = {
  instantiate: ({ name, arguments: from }, _given, shop) => {
    const top = ofPresent(from, () => diskTree(from.file).get(root))
    return top?.kind === 'directory' ? slicedRecipe(name, from, shop) : pathRecipe(name, from, shop)
  },
}

/** A part of the directory. */
interface Slice {
  readonly first: EntryPath
  readonly path: StorePath
  readonly digest: Digest
  /** Its entries, if the store lacks it. */
  readonly missing: Tree | undefined
}

function slicedRecipe(name: string, from: From, shop: Workshop): Recipe {
  const slices = ofPresent(from, () => slicesIn(name, from, shop))
  const text = formatSlices(slices)
  const references = slices.map(({ path }) => path)
  const digest = digestOf(text)
  const path = textPath(name, digest, references)
  return {
    ...{ path, name },
    as: 'slices',
    inputs: [],
    requires: [],
    reads: readsOf(from),
    realise: async ({ store, signal }) => {
      await limit(slices, (slice) => addSlice(slice, from, store), { concurrency: 2, signal })
      return store.add(path, memoryTree({ '': textFile(text, { mode: 0o444 }) }), {
        candidates: references,
        contentAddress: contentAddress('text', digest),
      })
    },
  }
}

/** Reads the slices that are not known. @throws BuildError disk.*, secret.found, tar.unrepresentable, content.changed */
function slicesIn(name: string, from: From, { store, now }: Workshop): readonly Slice[] {
  const known = knownDigests(from, store.memory)
  const settled = new Map<Digest, Digest>()
  const { tree, fingerprint } = stamped(from.file, { ignore: rulesOf(from) })
  const slices: Slice[] = []
  for (const entries of slicesOf(tree.entries(), sliceRule)) {
    const stamp = fingerprint(entries)
    const content = asSlice(accepted(from, treeOf(entries)))
    const digest = known.get(stamp.digest) ?? digestOfAll(writeTar(content.entries(), form))
    if (isSettled(stamp, now)) settled.set(stamp.digest, digest)
    const path = fixedPath(`${name}.tar`, digest)
    const missing = store.info(path) === undefined ? content : undefined
    slices.push({ first: entries[0]?.path ?? root, path, digest, missing })
  }
  rememberDigests(from, store.memory, settled)
  return slices
}

async function addSlice({ path, digest, missing }: Slice, { file }: From, store: Store): Promise<void> {
  if (missing === undefined) return
  const size = tarSize(missing.entries(), form)
  try {
    await store.addFile(path, writeTar(missing.entries(), form), { size, fixed: digest, candidates: [] })
  } catch (thrown) {
    throw thrown instanceof BuildError && thrown.code === 'store.hash-mismatch' ? changed(file, thrown) : thrown
  }
}

const form: TarForm = { names: 'relative', end: 'blocks' }

const [directory, readable, executable, link] = [plain(0o755), plain(0o444), plain(0o555), plain(0o777)]

/** As `path()` has it, except that directories may be written to. */
function asSlice(tree: Tree): Tree {
  return adjusted(tree, sliceMetadata)
}

function sliceMetadata({ kind, metadata }: NodeEntry): Metadata {
  if (kind === 'directory') return directory
  if (kind === 'symlink') return link
  return (metadata.mode & 0o100) === 0 ? readable : executable
}

const fact = 'slice-digests-1'

function factKey(from: From): Digest {
  return digestOf(canonicalJson([from.file, rulesOf(from), from.secrets ?? null]))
}

/** Digests of the slices of the last build, by the fingerprints of their files. */
function knownDigests(from: From, memory: Memory): ReadonlyMap<string, Digest> {
  const value = jsonIn(memory.fact(fact, factKey(from)) ?? '')
  const items = isPlainObject(value) ? Object.entries(value) : []
  return new Map(
    items.flatMap(([stamp, digest]) => (typeof digest === 'string' && isDigest(digest) ? [[stamp, digest]] : [])),
  )
}

function rememberDigests(from: From, memory: Memory, digests: ReadonlyMap<string, Digest>): void {
  memory.rememberFact(fact, factKey(from), canonicalJson(Object.fromEntries(digests)))
}

function changed(file: string, cause: unknown): never {
  return fail('content.changed', `Files in ${JSON.stringify(file)} changed during the build.`, {
    remedy: 'Build again, without changing files meanwhile.',
    detail: { file },
    cause,
  })
}
