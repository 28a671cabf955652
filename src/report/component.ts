/** Software components of an image, as bills of materials have them. */
import type { PathInfo } from '../store/store.ts'

/** Component, as its own files describe it. */
export interface Component {
  readonly name: string
  /** Scope or vendor: "@fastify" of an npm package, "debian". */
  readonly group?: string
  readonly version: string
  /** Package URL (purl-spec). */
  readonly purl: string
  /** Name in the list of known vulnerabilities (CPE 2.3). */
  readonly cpe?: string
  /** SPDX expression, or any other name of a licence. */
  readonly licence?: string
}

/** Describes the packages that one normaliser unpacks. */
export interface ComponentReader {
  /** Layout of such a package's files in an image. */
  readonly as: string
  /** @param control - the files by which the package describes itself; undefined where it does not */
  read(info: PathInfo, control: ReadonlyMap<string, Uint8Array>): Component | undefined
}

/** Encodes part of a package URL (purl-spec, "Character encoding"). */
export function purlPart(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':')
}
