/**
 * A member of a tar archive, independent of how its header is encoded.
 *
 * Names, link targets and owner names are byte strings (one character per byte), as everywhere in slipway.
 */
import { fail } from '../../base/error.ts'
import type { Metadata } from '../../tree/entry.ts'
import type { EntryPath } from '../../tree/path.ts'

/** Block size of tar archives in bytes (POSIX.1-2017, pax, "ustar Interchange Format"). */
export const blockSize = 512

/** How names are written and how the archive ends. */
export interface TarForm {
  /** "/nix/store/", "nix/store/" or "./nix/store/"; the root itself is "/" or "./". */
  readonly names: 'absolute' | 'relative' | 'dotted'
  /** "blocks": two zero blocks; "record": padded to 10,240 bytes, as Python and GNU tar do; "none": part of an archive. */
  readonly end: 'record' | 'blocks' | 'none'
}

export type MemberType = 'file' | 'hardlink' | 'symlink' | 'char' | 'block' | 'directory' | 'fifo'

/** A member's header: `size` counts the bytes of content that follow, 0 for everything but files. */
export interface MemberHeader {
  readonly type: MemberType
  /** The name as the archive has it; a directory's ends in "/". */
  readonly name: string
  /** The target of a symlink (as it is) or of a hard link (a name in the archive); else empty. */
  readonly link: string
  readonly size: number
  readonly metadata: Metadata
  /** Device numbers; 0 for everything but devices. */
  readonly major: number
  readonly minor: number
}

/** Number of zero bytes after `size` bytes of content, so that the next header starts a block. */
export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize
}

/** A parsed member; offsets are in bytes from the start of the archive. */
export interface TarMember extends MemberHeader {
  /** The name without "/" at its ends and without "." parts; `link` of a hard link is the same. */
  readonly path: EntryPath
  /** Offset of its first block, which belongs to the extended header where there is one. */
  readonly headerOffset: number
  readonly contentOffset: number
}

/** Reports a broken archive at byte `offset`. @throws BuildError archive.invalid */
export function invalid(offset: number, why: string, cause?: unknown): never {
  fail('archive.invalid', `The tar archive is broken at byte ${offset}: ${why}.`, {
    remedy: 'Download or create the archive again.',
    detail: { offset },
    cause,
  })
}
