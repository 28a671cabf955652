/** Readers of package records: how the packages of an image are found in it. */
import type { LayerContents } from './layer-contents.ts'
import type { Requirements } from './requirements.ts'

/** Package, as its record describes it. `size`: total size of its files in the layer, in bytes. */
export interface RecordedPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
  readonly size: number
}

/** Contents of an image's records. */
export interface Recorded {
  /** For each layer the packages whose files it has. */
  readonly layers: readonly (readonly RecordedPackage[])[]
  readonly requirements: Requirements
}

/** Reads the records of one ecosystem. */
export interface RecordReader {
  /** Kind of the ecosystem. */
  readonly kind: string
  /** Tells whether the file at a path is a record, whose text `read` needs. */
  isRecord(path: string): boolean
  /** @param layers - bottom layer first */
  read(layers: readonly LayerContents[]): Recorded
}
