/**
 * Turns the packed archives of one packaging system into trees; passed to the store when it unpacks one (unpack.ts).
 *
 * The name is part of the name of the unpacked form, of every layer recipe with such a package, and so of every conf: a normaliser with
 * different output must have a different name.
 */
import type { Bytes, LocalContent } from '../base/bytes.ts'
import type { Compression } from '../format/compression.ts'
import type { TarMember } from '../format/tar/member.ts'
import type { Entry } from '../tree/entry.ts'

/** Brings packed archives of one kind into normal form. */
export interface Normaliser {
  /** Lower-case letters, digits and hyphens, with a version: "deb-1". */
  readonly name: string
  /**
   * Opens a packed archive.
   *
   * @param bytes - the file, already verified.
   * @param file - name of the file in errors.
   * @throws BuildError archive.invalid, compression.corrupt
   */
  open(bytes: Bytes, file: string): Promise<PackedArchive>
}

/** An archive that is being unpacked; disposing of it lets the source clean up. Its parts are requested in this order, once each. */
export interface PackedArchive extends AsyncDisposable {
  /** Its files as an uncompressed tar; fails at the end if the archive is truncated. */
  readonly data: AsyncIterable<Uint8Array>
  /** Location of the compressed data in the packed file, in bytes: lets an external program decompress it. */
  readonly packed?: { readonly kind: Compression; readonly offset: number; readonly size: number }
  /**
   * The members with their final names and metadata; excluded members are omitted.
   *
   * @param content - reads the content of a member; must be called before the next member is requested.
   */
  members(shipped: Iterable<TarMember>, content: (member: TarMember) => LocalContent): Iterable<TarMember>
  /** Additional members. */
  entries(): readonly Entry[]
  /** Control files of the package: the result of the store's `control()`. */
  control(): ReadonlyMap<string, Uint8Array>
}

/** An unpacked package, with the name of the normaliser that unpacked it. */
export type Unpacked = `unpacked:${string}`

/** How a package that a normaliser unpacked becomes files in an image. */
export function unpackedBy({ name }: Pick<Normaliser, 'name'>): Unpacked {
  return `unpacked:${name}`
}

/** Tells whether a layout of an object's files is that of an unpacked package. */
export function isUnpacked(as: string): as is Unpacked {
  return as.startsWith('unpacked:')
}
