/**
 * Packages: promises of store objects, as plain data (docs/architecture.md, "Five acts").
 *
 * A package is made without reading anything. `${pkg}` is its placeholder; the table behind the placeholders (placeholder.ts) holds the
 * definition. Instantiating (instantiate.ts) replaces placeholders by real paths; realising makes the object.
 */
import type { Digest, FileHash } from '../base/digest.ts'
import type { Watch } from '../base/event.ts'
import type { SetKinds } from '../lock/set-kind.ts'
import type { Access } from '../net/network.ts'
import type { Registries } from '../registry/client.ts'
import type { LaidOut, PathInfo, Store } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'

/** Description of one store object, as plain data; nothing exists until it is built. In a string, `${pkg}` is its path in an image. */
export interface Package {
  /** Name of the store object, as its path ends. */
  readonly name: string
  /** Where its files are in an image: "store", at its own store path, or "root", laid out at "/" as its ecosystem has them. */
  readonly placement: 'store' | 'root'
  /** Path of the object in an image: a placeholder, `/nix/store/slipway<25 characters>-<name>`, that the build replaces. */
  readonly path: string
  /** Returns `path`, so that a package can be part of a string. */
  toString(): string
}

/** What the table holds behind a placeholder: data alone, and all that the package follows from. */
export interface Definition<A extends object = object> {
  /** "build-env-1": part of the recipe's hash; changed output is a new version. */
  readonly maker: string
  readonly name: string
  /** Copied and frozen at the call; strings in it may hold placeholders, values may be packages. */
  readonly arguments: A
}

/** Acts 2 and 3 for the definitions that name one maker. */
export interface Maker<A extends object = object> {
  /** Act 2, for packages that must be looked up together: all definitions are given at once, before any is instantiated. */
  resolve?(definitions: readonly Definition<A>[], shop: Workshop): Promise<void>
  /** Act 3: from arguments whose placeholders are real paths. */
  instantiate(definition: Definition<A>, given: Instantiating, shop: Workshop): Recipe | Promise<Recipe>
}

/** Makers by name, each loaded when it is first needed. */
export type Makers = ReadonlyMap<string, MakerEntry>

/** A maker that can be loaded. */
export interface MakerEntry {
  /** Whether it has something to look up in act 2. */
  readonly resolves?: true
  load(): Promise<Maker>
}

/** What a definition is given when its placeholders are replaced. */
export interface Instantiating {
  /** The recipes of all packages that the arguments name, as values or in strings; each once, by path. */
  readonly inputs: readonly Recipe[]
  /** The recipe of one of them. */
  of(inner: Package): Recipe
  /** Replaces the placeholders in every string of a value made of plain data; packages stay packages. */
  replace<T>(value: T): T
}

/** An ecosystem as a recipe names it (ecosystem.ts). */
export interface Origin {
  /** "debian". */
  readonly kind: string
}

/** A package with its placeholders replaced: its path is known, nothing need exist yet. */
export interface Recipe {
  readonly path: StorePath
  /** Stands for what it holds, apart from how that is compressed; absent where `path` does. Nothing is there. */
  readonly content?: StorePath
  readonly name: string
  /** How the object becomes files in an image. */
  readonly as: LaidOut
  /** What must exist before this is made, and what its bytes may refer to. */
  readonly inputs: readonly Recipe[]
  /** Run-time edges that no scan of its bytes can find: what a package depends on. May be cyclic, so read it late. */
  readonly requires: readonly Recipe[]
  /** The ecosystem that it comes from; absent for all that is made here. */
  readonly origin?: Origin
  /** Bytes to be fetched or unpacked, where they are known: what takes longest is begun first. */
  readonly weight?: number
  /** Whether its making runs commands, which `--rebuild` runs again though the object is there. */
  readonly runsCommands?: boolean
  /** Under which name and digest the image that it holds is in a registry: of what was pulled. */
  readonly published?: { readonly name: string; readonly digest: Digest }
  /** Whether the object is an image's conf, which says what could not be worked out for it. */
  readonly isConf?: true
  realise(shop: Workshop): Promise<PathInfo>
}

/** What a package may use while it is made. Frozen, handed down, never global. */
export interface Workshop extends Watch {
  /** How definitions become recipes. */
  readonly makers: Makers
  readonly store: Store
  readonly now: Date
  /** "amd64" or "arm64" …: the machine's, in Go's and Debian's spelling. */
  readonly architecture: string
  /** The kinds of sets that a lock may hold. */
  readonly setKinds: SetKinds
  /** Whether the lock may be written (`--frozen` says no) and moved to today's versions (`lock --update`). */
  readonly lock: { readonly frozen: boolean; readonly update: boolean }
  /** Where shell commands run, where the build says so; and whether they run twice, to be compared. */
  readonly commands: { readonly sandbox?: 'auto' | 'namespace' | 'fakeroot'; readonly rebuild: boolean }
  /** Fetches one blob of known hash from the first of `urls` that has it, resumed when broken, into the store at its fixed path. */
  readonly download: (
    urls: readonly URL[],
    expected: { readonly name: string; readonly hash: FileHash; readonly size?: number; readonly access?: Access },
  ) => Promise<PathInfo>
  /** Reads a document of at most `limit` bytes. @throws BuildError network.* */
  readonly get: (url: URL, limit: number, access?: Access) => Promise<Uint8Array>
  /** Registries, asked with the machine's settings, or for one image without verifying certificates. */
  readonly registries: (settings?: { readonly tlsVerify?: false }) => Promise<Registries>
  /** Files of the user's project that are read and written whole (the lock). Writing is temp, fsync, rename. */
  readonly project: {
    readonly read: (file: string) => Uint8Array | undefined
    readonly write: (file: string, bytes: Uint8Array) => Promise<void>
  }
  /** How this machine is set. */
  readonly machine: Machine
}

/** A machine's settings, to be asked by those that follow them. Everything may be missing. */
export interface Machine {
  /** The values of environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The text of a file; empty where it is missing or may not be read. */
  readonly textOf: (file: string) => string
  /** The files of a folder by name, absolute; none where there is no folder. */
  readonly filesIn: (folder: string) => readonly string[]
  /** What a program prints; undefined when it is missing or fails. */
  readonly run: (program: string, words: readonly string[]) => Promise<string | undefined>
}
