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
import type { FixedForm, LaidOut, PathInfo, Store } from '../store/store.ts'
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

/** Definition of a package, found by its placeholder: plain data, and everything that determines the package. */
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

/** Maker that can be loaded. */
export interface MakerEntry {
  /** Whether it has packages to look up in act 2. */
  readonly resolves?: true
  load(): Promise<Maker>
}

/** Context in which the placeholders of a definition are replaced. */
export interface Instantiating {
  /** Recipes of all packages that the arguments name, as values or in strings; each once, by path. */
  readonly inputs: readonly Recipe[]
  /** Returns the recipe of one of them. */
  of(inner: Package): Recipe
  /** Replaces the placeholders in every string of a value made of plain data; packages stay packages. */
  replace<T>(value: T): T
}

/** Reference of a recipe to its ecosystem (ecosystem.ts). */
export interface Origin {
  /** "debian". */
  readonly kind: string
  /** Combines the recipes of one object that need different things. Default: all recipes of an object are equal. */
  combine?(recipes: readonly Recipe[]): Recipe
}

/** Package whose placeholders are replaced: its path is known, but it need not exist yet. */
export interface Recipe {
  readonly path: StorePath
  /** Stands for what it holds, apart from how that is compressed; absent where `path` does. Nothing is there. */
  readonly content?: StorePath
  readonly name: string
  /** Layout of the object's files in an image. */
  readonly as: LaidOut
  /** Recipes that must be realised first, and that its bytes may refer to. */
  readonly inputs: readonly Recipe[]
  /** Run-time edges that no scan of its bytes can find: what a package depends on. May be cyclic, so read it late. */
  readonly requires: readonly Recipe[]
  /** Ecosystem that it comes from; absent for packages of slipway's own builders. */
  readonly origin?: Origin
  /** Bytes to be fetched or unpacked, where they are known: what takes longest is begun first. */
  readonly weight?: number
  /** Tells whether it contains a file of this machine, an absolute path, or would if the file existed. Default: it contains none. */
  readonly reads?: (file: string) => boolean
  /** Whether realising it runs commands, which `--rebuild` runs again even if the object exists. */
  readonly runsCommands?: boolean
  /** Under which name and digest the image that it holds is in a registry: of what was pulled. */
  readonly published?: { readonly name: string; readonly digest: Digest }
  /** Whether the object is an image's conf.json, which has the image's notes. */
  readonly isConf?: true
  realise(shop: Workshop): Promise<PathInfo>
}

/** A download with a known hash. */
export interface Download {
  /** Name of the object. */
  readonly name: string
  readonly hash: FileHash
  /** In bytes, if known. */
  readonly size?: number
  /** Limit on the size, in bytes, where the size is unknown. Default: 8 GiB. */
  readonly most?: number
  readonly access?: Access
  /** What it becomes, if not a plain file; the hash is then that of the result's NAR. */
  readonly form?: FixedForm
}

/** Everything that realising a package may use. Frozen, passed down, never global. */
export interface Workshop extends Watch {
  /** Makers, which turn definitions into recipes. */
  readonly makers: Makers
  readonly store: Store
  readonly now: Date
  /** "amd64" or "arm64" …: the machine's, in Go's and Debian's spelling. */
  readonly architecture: string
  /** Kinds of sets that a lock may contain. */
  readonly setKinds: SetKinds
  /** Whether the lock must not change (`--frozen`), and whether packages move to current versions (`lock --update`). */
  readonly lock: { readonly frozen: boolean; readonly update: boolean }
  /** Sandbox of shell commands, if the build chooses one, and whether they run twice, to be compared. */
  readonly commands: { readonly sandbox?: 'auto' | 'namespace' | 'fakeroot'; readonly rebuild: boolean }
  /** Fetches one blob of known hash from the first of `urls` that has it, resumed when broken, into the store at its fixed path. */
  readonly download: (urls: readonly URL[], expected: Download) => Promise<PathInfo>
  /** Fetches a blob of unknown hash from one address, resumed when broken. @throws BuildError network.* */
  readonly fetch: (url: URL, expected: Pick<Download, 'name' | 'most' | 'access'>) => AsyncIterable<Uint8Array>
  /** Reads a document of at most `limit` bytes. @throws BuildError network.* */
  readonly get: (url: URL, limit: number, access?: Access) => Promise<Uint8Array>
  /** Registries, asked with the machine's settings, or for one image without verifying certificates. */
  readonly registries: (settings?: { readonly tlsVerify?: false }) => Promise<Registries>
  /** Files of the user's project that are read and written whole (the lock). Writing is temp, fsync, rename. */
  readonly project: {
    readonly read: (file: string) => Uint8Array | undefined
    readonly write: (file: string, bytes: Uint8Array) => Promise<void>
  }
  /** Settings of this machine. */
  readonly machine: Machine
}

/** Access to a machine's settings. Everything may be missing. */
export interface Machine {
  /** Environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Returns the text of a file; empty if it is missing or not readable. */
  readonly textOf: (file: string) => string
  /** Returns the absolute paths of a directory's files, sorted by name; none if it does not exist. */
  readonly filesIn: (folder: string) => readonly string[]
  /** Returns the output of a program; undefined when it is missing or fails. */
  readonly run: (program: string, words: readonly string[]) => Promise<string | undefined>
}
