/** How the packages of an image are found in it: by the records that some ecosystem keeps in images. */
import type { LayerContents } from './layer-contents.ts'
import type { Requirements } from './requirements.ts'

/** A package as its record describes it. `size`: bytes of its files in the layer. */
export interface RecordedPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
  readonly size: number
}

/** What an image's records say. */
export interface Recorded {
  /** For each layer the packages whose files it has. */
  readonly layers: readonly (readonly RecordedPackage[])[]
  readonly requirements: Requirements
}

/** Reads the records of one ecosystem. */
export interface RecordReader {
  /** The ecosystem's. */
  readonly kind: string
  /** Whether the file at a path is a record, whose text `read` needs. */
  isRecord(path: string): boolean
  /** @param layers - bottom layer first */
  read(layers: readonly LayerContents[]): Recorded
}
