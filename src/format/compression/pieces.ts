/**
 * Pieces of an archive: where it is cut, so that a change of one file changes few pieces.
 *
 * A piece ends before a member whose name hashes to a mark, and at the start and end of every archive within that is large enough, so that
 * a layer has the same pieces alone and in a docker-archive. Large files are cut at multiples from their own start. What is no archive is
 * cut at the largest size. The cuts follow from the bytes alone: the rule is part of an encoder's name.
 */
import type { Bytes } from '../../base/bytes.ts'
import { blockSize, headerAt, isArchiveName, nameHash } from './cut-header.ts'
import type { Piece } from './piece.ts'

/** When pieces end. Sizes in bytes, multiples of 512. */
export interface CutRule {
  /** A mark ends no smaller piece, and no smaller archive within is cut out. */
  readonly least: number
  /** At most `mostPiece`. */
  readonly most: number
  /** Files of more are cut from their own start, into pieces of this size. */
  readonly large: number
  /** One name in so many is a mark. */
  readonly marks: number
}

/**
 * Cuts what an archive is made of. A chunk is done with before the next is asked for; a piece is not empty.
 *
 * @param take - returns a buffer for the next piece, of `rule.most` bytes; called only after the previous piece was yielded.
 */
export async function* pieces(bytes: Bytes, rule: CutRule, take: () => Piece): AsyncGenerator<Piece> {
  const cutter = new Cutter(rule, take)
  for await (const chunk of bytes) yield* cutter.push(chunk)
  yield* cutter.end()
}

type Cuts = Generator<Piece>

/** All positions are offsets in what was pushed. */
class Cutter {
  readonly #rule: CutRule
  readonly #take: () => Piece
  /** The piece so far. */
  #buffer: Piece
  #used = 0
  #at = 0
  /** Where the next header begins, and where the extensions of one began that was not read yet. */
  #header = 0
  #extensions: number | undefined
  /** The next cut within a large file, and that file's end. */
  #fileCut = Number.POSITIVE_INFINITY
  #fileEnd = 0
  /** Ends of the archives that this position is in, the innermost last. */
  readonly #ends: number[] = []

  constructor(rule: CutRule, take: () => Piece) {
    this.#rule = rule
    this.#take = take
    this.#buffer = take()
  }

  *push(chunk: Uint8Array): Cuts {
    for (let taken = 0; taken < chunk.length; ) {
      const stop = this.#nextStop()
      const part = chunk.subarray(taken, taken + stop - this.#at)
      this.#buffer.set(part, this.#used)
      this.#used += part.length
      this.#at += part.length
      taken += part.length
      if (this.#at === stop) yield* this.#arrive()
    }
  }

  *end(): Cuts {
    if (this.#used > 0) yield* this.#cut(this.#used)
  }

  #nextStop(): number {
    const full = this.#at - this.#used + this.#rule.most
    return Math.min(this.#header + blockSize, this.#fileCut, this.#ends.at(-1) ?? full, full)
  }

  *#arrive(): Cuts {
    if (this.#at === this.#ends.at(-1)) yield* this.#leaveArchive()
    else if (this.#at === this.#fileCut) yield* this.#goOnInFile()
    else if (this.#at === this.#header + blockSize) yield* this.#readHeader()
    if (this.#used === this.#rule.most) yield* this.#cut(this.#used)
  }

  *#leaveArchive(): Cuts {
    while (this.#ends.at(-1) === this.#at) this.#ends.pop()
    this.#header = this.#at
    this.#extensions = undefined
    this.#fileCut = Number.POSITIVE_INFINITY
    yield* this.end()
  }

  *#goOnInFile(): Cuts {
    const next = this.#fileCut + this.#rule.large
    this.#fileCut = next < this.#fileEnd ? next : Number.POSITIVE_INFINITY
    yield* this.end()
  }

  *#readHeader(): Cuts {
    const block = this.#used - blockSize
    const header = headerAt(this.#buffer, block)
    const start = this.#extensions ?? this.#header
    this.#extensions = header?.isExtension === true ? start : undefined
    // What is no header, such as the zeros at an archive's end, is passed over.
    const size = header?.size ?? 0
    this.#header = this.#at + Math.ceil(size / blockSize) * blockSize
    if (header === undefined || header.isExtension) return
    const isArchive = size >= this.#rule.least && isArchiveName(this.#buffer, block)
    const before = block - (this.#at - blockSize - start)
    if (before >= this.#rule.least && nameHash(this.#buffer, block) % this.#rule.marks === 0) yield* this.#cut(before)
    if (isArchive) yield* this.#enterArchive()
    else if (size > this.#rule.large) yield* this.#enterFile(size)
  }

  *#enterArchive(): Cuts {
    this.#ends.push(Math.min(this.#header, this.#ends.at(-1) ?? this.#header))
    this.#header = this.#at
    yield* this.end()
  }

  *#enterFile(size: number): Cuts {
    this.#fileEnd = this.#at + size
    this.#fileCut = this.#at + this.#rule.large
    yield* this.end()
  }

  /** Yields the first bytes of the buffer; the others begin the next piece. */
  *#cut(size: number): Cuts {
    const others = this.#buffer.slice(size, this.#used)
    yield this.#buffer.subarray(0, size)
    this.#buffer = this.#take()
    this.#buffer.set(others)
    this.#used = others.length
  }
}
