/**
 * The store as other rooms see it: what an object is, and what may be asked and added.
 *
 * A store is a real Nix store in a folder of the user's (docs/store.md). An object is never changed once it is there.
 */
import type { Bytes, LocalContent } from '../base/bytes.ts'
import type { Digest, FileHash } from '../base/digest.ts'
import type { PieceMemory } from '../format/compression/piece-memory.ts'
import type { Tree } from '../tree/tree.ts'
import type { Outline } from './cache/outline.ts'
import type { Normaliser, Unpacked } from './normaliser.ts'
import type { StorePath } from './store-path.ts'
import type { TarPart } from './tar/index.ts'

/** What the database knows of an object (Nix manual, "Store object" → `ValidPathInfo`). `narSize` is in bytes. */
export interface PathInfo {
  readonly path: StorePath
  readonly narHash: Digest
  readonly narSize: number
  /** Sorted; may hold the path itself. */
  readonly references: readonly StorePath[]
  readonly deriver?: StorePath
  /** Nix's content address, `text:sha256:…`, `fixed:sha256:…` (or `sha512`) or `fixed:r:sha256:…` with base-32; absent for outputs of recipes. */
  readonly contentAddress?: string
  readonly signatures: readonly string[]
}

/** The members of a layer that lie in one file, in the layer's order. */
export interface PackedParts {
  readonly file: string
  readonly parts: readonly TarPart[]
}

/** Local, so synchronous: files and node:sqlite are. Usable in a worker from nothing but the root's path. */
export interface StoreReader {
  /** The folder that holds `nix/store` (the root of the store, physical). */
  readonly root: string
  /** Where an object lies on disk: `<root>/nix/store/<path>`. */
  physical(path: StorePath): string
  /** The size in bytes of a file below the root; undefined when it is not there. */
  fileSize(file: string): number | undefined
  info(path: StorePath): PathInfo | undefined
  /** The object as a NAR tree: its root is the entry "". */
  tree(path: StorePath): Tree
  /** The entries that a flat object contributes at "/": an unpacked package's files or a layer file's. */
  laidOut(path: StorePath, as: Unpacked | 'layer'): Tree
  /** The files by which an unpacked package describes itself, by name. */
  control(path: StorePath, as: Unpacked): ReadonlyMap<string, Uint8Array>
  /** How many bytes that takes in a tar archive: a layer file as it is, the members of a package's default layer without the end. */
  packedSize(path: StorePath, as: Unpacked | 'layer'): number
  /** The members of a package's default layer; undefined where it is not known where each lies. */
  parts(path: StorePath, as: Unpacked): PackedParts | undefined
  /** What a NAR tree gives to a default layer, where that was kept when it was added (outline.ts). */
  outline(path: StorePath): Outline | undefined
}

/** How `addFile` checks and registers what it is given. */
export interface AddFile {
  /** Size in bytes when it is known: saves reading the file a second time for the NAR hash. */
  readonly size?: number
  /** The hash that the bytes must have; makes the object content-addressed (`fixed:sha256:`, `fixed:sha512:`). */
  readonly fixed?: FileHash
  /** Whether the one file is executable. */
  readonly executable?: boolean
  /** Objects whose hash part is looked for in the bytes; those found become references. */
  readonly candidates: readonly StorePath[]
}

export interface Store extends StoreReader, AsyncDisposable {
  /**
   * Adds a tree as a NAR object at a path that is known; those of `candidates` whose hash part occurs in it become its references.
   * Content already there is left alone.
   *
   * @param contentAddress - the Nix content address that `path` was made from, where it was.
   */
  add(
    path: StorePath,
    tree: Tree,
    how: { readonly candidates: readonly StorePath[]; readonly contentAddress?: string },
  ): Promise<PathInfo>
  /** Adds one flat object: a checked download, a layer file, an image archive, a script. A chunk is done with before the next is asked for. */
  addFile(path: StorePath, bytes: Bytes, how: AddFile): Promise<PathInfo>
  /** Adds what another store vouches for. @throws BuildError store.import-mismatch when the bytes are not what `info` says. */
  import(info: PathInfo, nar: Bytes): Promise<void>
  /** Makes the unpacked form of a packed archive present (`unpacked/<digest>.<normaliser>`), once for all that ask. */
  unpack(path: StorePath, normaliser: Normaliser): Promise<void>
  /** What was computed before, by recipe: small facts that only save time. */
  readonly memory: Memory
  /** Compressed layers, kept because compressing is the costly part. */
  readonly blobs: Blobs
  /** Compressed pieces of layers and archives, so that a change compresses only what it changes. */
  readonly pieces: PieceMemory
  /** Makes `link` (a `result` link, temp and rename) point at the object and keeps the object for as long as it does. */
  keep(link: string, path: StorePath): Promise<void>
}

/** What was learned in earlier builds and is only a saving of time: any part may be lost at any moment. */
export interface Memory {
  /** The diff ID and size in bytes of the uncompressed tar that a layer recipe (by its digest) gave. */
  layer(recipe: Digest): { readonly diffId: Digest; readonly size: number } | undefined
  rememberLayer(recipe: Digest, found: { readonly diffId: Digest; readonly size: number }): void
  /** Any other small fact as JSON text, by kind and key (file hashes of `path()`, verified signatures, …). */
  fact(kind: string, key: string): string | undefined
  rememberFact(kind: string, key: string, value: string): void
}

/** Compressed layers by digest. Any of them may be gone at any moment when nobody has the store open. */
export interface Blobs {
  /** A blob that is here. */
  get(digest: Digest): LocalContent | undefined
  /** Begins a blob whose digest is not known yet. Disposing of it before `commit` removes what was written. */
  create(): BlobWriter
}

/** A blob that is being written. */
export interface BlobWriter extends Disposable {
  /** Where it grows: may be read up to what was written, until `commit`. */
  readonly file: string
  write(chunk: Uint8Array): void
  /**
   * Files the blob under its digest.
   *
   * @param members - the objects that the layer was made of: garbage collection keeps the blob as long as it keeps all of them.
   */
  commit(members: readonly StorePath[]): { readonly digest: Digest; readonly size: number }
}

/** How an object becomes files in an image: a NAR tree at its store path, a package's files at "/", a layer file's at "/". */
export type LaidOut = 'store' | 'layer' | Unpacked

export interface ClosureNode {
  readonly info: PathInfo
  readonly as: LaidOut
  /** Bytes its entries take in a layer's tar (`narSize` of a packed archive is its packed size, useless to `auto`). */
  readonly size: number
}

/** What an image needs. Layering reads `edges`, never `PathInfo.references`: packages may have edges that no scan finds, and cycles. */
export interface Closure {
  readonly roots: readonly StorePath[]
  readonly nodes: ReadonlyMap<StorePath, ClosureNode>
  /** References in the store ∪ requirements that packages declare; without self edges; every target is a node. */
  readonly edges: ReadonlyMap<StorePath, readonly StorePath[]>
}
