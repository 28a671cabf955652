/**
 * Annotations of a manifest that name the base of an image (OCI image specification, annotations.md, "Pre-Defined Annotation Keys").
 *
 * They belong to the manifest: a config has no annotations, and so a docker-archive has no place for them.
 */
import { type Digest, isDigest } from '../base/digest.ts'

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

/** Returns what annotations say of the base; undefined where they do not name it and its digest. */
export function baseIn(annotations: Readonly<Record<string, string>> | undefined): PublishedBase | undefined {
  const { [nameKey]: name, [digestKey]: digest } = annotations ?? {}
  return name !== undefined && digest !== undefined && isDigest(digest) ? { name, digest } : undefined
}

/** Returns annotations without those that name the base. */
export function withoutBase(annotations: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== nameKey && key !== digestKey))
}
