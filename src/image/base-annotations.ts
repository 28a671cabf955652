/**
 * Annotations of a manifest that name the base of an image (OCI image specification, annotations.md, "Pre-Defined Annotation Keys").
 *
 * They belong to the manifest: a config has no annotations, and so a docker-archive has no place for them.
 */
import type { Digest } from '../base/digest.ts'

const nameKey = 'org.opencontainers.image.base.name'
const digestKey = 'org.opencontainers.image.base.digest'

/** Image in a registry that another image is based on. */
export interface PublishedBase {
  /** Full name, with its tag or digest. */
  readonly name: string
  /** Digest of the manifest or index that the name resolved to. */
  readonly digest: Digest
}

/** Returns the annotations. */
export function baseAnnotations({ name, digest }: PublishedBase): Readonly<Record<string, string>> {
  return { [nameKey]: name, [digestKey]: digest }
}
