/**
 * The store as other rooms see it: its objects, queries and additions.
 *
 * A store is a real Nix store in a directory of the user's (docs/store.md). An object never changes once it is registered.
 */
import type { Bytes, LocalContent } from '../base/bytes.ts'
import type { Digest, FileHash } from '../base/digest.ts'
import type { PieceMemory } from '../format/compression/piece-memory.ts'
import type { Compression, Limit } from '../format/compression.ts'
import type { Tree } from '../tree/tree.ts'
import type { Outline } from './cache/outline.ts'
import type { Normaliser, Unpacked } from './normaliser.ts'
import type { StorePath } from './store-path.ts'
import type { TarPart } from './tar/index.ts'

/** Database row of an object (Nix manual, "Store object" → `ValidPathInfo`). `narSize` is in bytes. */
export interface PathInfo {
  readonly path: StorePath
  readonly narHash: Digest
  readonly narSize: number
  /** Sorted; may contain the path itself. */
  readonly references: readonly StorePath[]
  readonly deriver?: StorePath
  /**
   * Nix's content address, `text:sha256:…`, `fixed:sha256:…` (or `sha512`) or `fixed:r:sha256:…` with base-32; absent for outputs of
   * recipes.
   */
  readonly contentAddress?: string
  readonly signatures: readonly string[]
}

/** Members of a layer within one file, in the layer's order. */
export interface PackedParts {
  readonly file: string
  readonly parts: readonly TarPart[]
}

/** Local, so synchronous, as files and node:sqlite are. A worker can open one from nothing but the root's path. */
export interface StoreReader {
  /** Directory that contains `nix/store` (the physical root of the store). */
  readonly root: string
  /** Location of an object on disk: `<root>/nix/store/<path>`. */
  physical(path: StorePath): string
  /** Size of a file below the root, in bytes; undefined if it does not exist. */
  fileSize(file: string): number | undefined
  info(path: StorePath): PathInfo | undefined
  /** The object as a NAR tree: its root is the entry "". */
  tree(path: StorePath): Tree
  /** Entries that a flat object contributes at "/": an unpacked package's files, a layer file's, or a directory's that is kept in slices. */
  laidOut(path: StorePath, as: FlatLayout): Tree
  /** Control files of an unpacked package, by name. */
  control(path: StorePath, as: Unpacked): ReadonlyMap<string, Uint8Array>
  /**
   * Size of the object in a tar archive, in bytes: the whole of a layer file; the members of a package's default layer, or of slices, without
   * the end of the archive.
   */
  packedSize(path: StorePath, as: FlatLayout): number
  /** Members of a package's default layer; undefined if their locations are unknown. */
  parts(path: StorePath, as: Unpacked): PackedParts | undefined
  /** What a NAR tree contributes to a default layer, if that was recorded when it was added (outline.ts). */
  outline(path: StorePath): Outline | undefined
}

/** How `addFile` checks and registers a file. */
export interface AddFile {
  /** Size in bytes, if known: saves reading the file a second time for the NAR hash. */
  readonly size?: number
  /** Expected hash of the bytes; makes the object content-addressed (`fixed:sha256:`, `fixed:sha512:`). */
  readonly fixed?: FileHash
  /** Whether the file is executable. */
  readonly executable?: boolean
  /** Objects whose hash parts are searched for in the bytes; those found become references. */
  readonly candidates: readonly StorePath[]
}

/** A tree that is made from the bytes of a file and known by the hash of its NAR, as nixpkgs' `fetchzip` has it. */
export interface FixedTree {
  /** The file: an archive, or an executable file. */
  readonly bytes: Bytes
  /** Name of the file, for errors. */
  readonly file: string
  /** Expected hash of the tree's NAR. */
  readonly fixed: FileHash
  readonly form: FixedForm
}

/** "executable": the file itself, which becomes executable; "unpacked": what the archive contains, or its only directory. */
export type FixedForm =
  | { readonly kind: 'executable' }
  | { readonly kind: 'unpacked'; readonly stripRoot: boolean; readonly limit?: Limit }

/** Packed bytes to decompress. */
export interface Packed {
  readonly kind: Compression
  readonly bytes: Bytes
  /** Their size, in bytes. */
  readonly size: number
  /** Their name in errors. */
  readonly name: string
  readonly limit: Limit
}

export interface Store extends StoreReader, AsyncDisposable {
  /**
   * Adds a tree as a NAR object at a known path; those of `candidates` whose hash part occurs in it become its references. Existing content
   * is left alone.
   *
   * @param contentAddress - Nix content address that `path` was made from, if any.
   * @param similar - an object that probably has most of the files: equal ones become hard links to its own.
   */
  add(
    path: StorePath,
    tree: Tree,
    how: { readonly candidates: readonly StorePath[]; readonly contentAddress?: string; readonly similar?: StorePath },
  ): Promise<PathInfo>
  /**
   * Adds a flat object: a checked download, a layer file, an image archive, a script. Each chunk is processed before the next is requested.
   */
  addFile(path: StorePath, bytes: Bytes, how: AddFile): Promise<PathInfo>
  /**
   * Adds a tree that is made from a file.
   *
   * @throws BuildError store.hash-mismatch, archive.*, compression.corrupt, tar.unsupported
   */
  addFixed(path: StorePath, tree: FixedTree): Promise<PathInfo>
  /** Adds the decompressed form of packed bytes as a flat object; a large one is decompressed, hashed and written by another thread. */
  addPacked(path: StorePath, packed: Packed, how: { readonly fixed: FileHash }): Promise<PathInfo>
  /** Adds an object from another store. @throws BuildError store.import-mismatch if the bytes do not match `info` */
  import(info: PathInfo, nar: Bytes): Promise<void>
  /** Ensures that the unpacked form of a packed archive exists (`unpacked/<digest>.<normaliser>`), once for all callers. */
  unpack(path: StorePath, normaliser: Normaliser): Promise<void>
  /** Remembered results, by recipe: small facts that only save time. */
  readonly memory: Memory
  /** Compressed layers, kept because compressing is the costly part. */
  readonly blobs: Blobs
  /** Compressed pieces of layers and archives, so that a change compresses only what it affects. */
  readonly pieces: PieceMemory
  /** Points `link` (a `result` link, written atomically) at the object, and keeps the object as long as it does. */
  keep(link: string, path: StorePath): Promise<void>
}

/** Results of earlier builds that only save time: any of them may be lost at any moment. */
export interface Memory {
  /** Diff ID and size, in bytes, of the uncompressed tar of a layer recipe (by the recipe's digest). */
  layer(recipe: Digest): { readonly diffId: Digest; readonly size: number } | undefined
  rememberLayer(recipe: Digest, found: { readonly diffId: Digest; readonly size: number }): void
  /** Any other small fact as a JSON string, by kind and key (file hashes of `path()`, verified signatures, …). */
  fact(kind: string, key: string): string | undefined
  rememberFact(kind: string, key: string, value: string): void
}

/** Compressed layers by digest. While no process has the store open, any of them may disappear. */
export interface Blobs {
  /** An existing blob. */
  get(digest: Digest): LocalContent | undefined
  /** Starts a blob whose digest is not known yet. Disposing of it before `commit` removes what was written. */
  create(): BlobWriter
}

/** A blob that is being written. */
export interface BlobWriter extends Disposable {
  /** Its growing file: the written part may be read until `commit`. */
  readonly file: string
  write(chunk: Uint8Array): void
  /**
   * Files the blob under its digest.
   *
   * @param members - objects in the layer: garbage collection keeps the blob as long as it keeps all of them.
   */
  commit(members: readonly StorePath[]): Promise<{ readonly digest: Digest; readonly size: number }>
}

/** How a flat object becomes files in an image, at "/": those of a package, of a layer file, or of the slices that it lists (tar/slices.ts). */
export type FlatLayout = 'layer' | 'slices' | Unpacked

/** How an object becomes files in an image: a NAR tree at its store path, a flat object at "/". */
export type LaidOut = 'store' | FlatLayout

export interface ClosureNode {
  readonly info: PathInfo
  readonly as: LaidOut
  /** Size of its entries in a layer's tar, in bytes (`narSize` of a packed archive is its packed size, useless to `auto`). */
  readonly size: number
}

/** Contents of an image. Layering reads `edges`, never `PathInfo.references`: packages may have edges that no scan finds, and cycles. */
export interface Closure {
  readonly roots: readonly StorePath[]
  readonly nodes: ReadonlyMap<StorePath, ClosureNode>
  /** References in the store ∪ requirements that packages declare; without self edges; every target is a node. */
  readonly edges: ReadonlyMap<StorePath, readonly StorePath[]>
}
