/** Contents that a registry serves, by digest, and names for some of them. Nothing is read before it is requested. */
import type { Content } from '../base/bytes.ts'
import type { Digest } from '../base/digest.ts'
import type { Descriptor } from '../layer/layer.ts'
import type { NamingTarget } from '../transport/layout.ts'

/** Content with the metadata that clients receive. */
export interface Served {
  readonly descriptor: Descriptor
  readonly content: Content
}

/** One repository: its contents by digest, its tags. */
export interface Repository {
  readonly contents: Map<Digest, Served>
  readonly tags: Map<string, Digest>
}

/** A target that collects the contents of one repository; names are tags. */
export function repositoryTarget({ contents, tags }: Repository): NamingTarget {
  const tag = async ({ digest }: Descriptor, name: string | undefined): Promise<void> => {
    if (name !== undefined) tags.set(name, digest)
  }
  return {
    has: async ({ digest }) => contents.has(digest),
    put: async (descriptor, content) => void contents.set(descriptor.digest, { descriptor, content }),
    name: async (descriptor, names) => {
      for (const name of names) await tag(descriptor, name)
    },
    tag,
    attach: async () => {},
  }
}

/** An empty repository. */
export function newRepository(): Repository {
  return { contents: new Map(), tags: new Map() }
}
