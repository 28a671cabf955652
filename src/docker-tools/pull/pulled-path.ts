/** What pulled images are called in the store, and their paths, which follow from names and digests alone. */
import type { Digest } from '../../base/digest.ts'
import type { Platform } from '../../image/platform.ts'
import { nameFrom, recipePath, type StorePath } from '../../store/store-path.ts'

/** All that a pulled image follows from. */
export interface PulledIdentity {
  /** In full, such as "docker.io/library/debian". */
  readonly repository: string
  readonly tag: string | null
  /** Digest of the index that the name stands for, or of the manifest. */
  readonly published: Digest
  /** Digest that it is fetched by. */
  readonly digest: Digest
  /** Chooses where `digest` is an index's; absent where it is a manifest's. */
  readonly platform?: Platform
  /** What it is called in its archive. */
  readonly final: { readonly name: string; readonly tag: string }
}

/** The name of the archive, as nixpkgs has it. */
export function archiveNameOf(name: string, tag: string): string {
  return nameFrom(`docker-image-${name}-${tag}.tar`.replaceAll(/[/:]/g, '-'))
}

/** The name of the image in the store. */
export function pulledName({ repository, tag }: Pick<PulledIdentity, 'repository' | 'tag'>): string {
  return nameFrom(['image', ...repository.split('/'), ...(tag === null ? [] : [tag])].join('-'))
}

/** The path of an image. @param checked - what else its making checks */
export function pulledPath(identity: PulledIdentity, checked: object = {}): StorePath {
  const name = pulledName(identity)
  return recipePath(name, { maker: 'pulled-image-1', name, arguments: { ...identity, ...checked } })
}
