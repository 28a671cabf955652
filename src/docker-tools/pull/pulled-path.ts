/** Names and paths of pulled images in the store, which follow from names and digests alone. */
import type { Digest } from '../../base/digest.ts'
import type { Platform } from '../../image/platform.ts'
import { nameFrom, recipePath, type StorePath } from '../../store/store-path.ts'

/** Everything that determines a pulled image. */
export interface PulledIdentity {
  /** Full name, such as "docker.io/library/debian". */
  readonly repository: string
  readonly tag: string | null
  /** Digest of the index that the name refers to, or of the manifest. */
  readonly published: Digest
  /** Digest by which it is fetched. */
  readonly digest: Digest
  /** Selects an image if `digest` is that of an index; absent if it is that of a manifest. */
  readonly platform?: Platform
  /** Name and tag in its archive. */
  readonly final: { readonly name: string; readonly tag: string }
}

/** Returns the name of the archive, as in nixpkgs. */
export function archiveNameOf(name: string, tag: string): string {
  return nameFrom(`docker-image-${name}-${tag}.tar`.replaceAll(/[/:]/g, '-'))
}

/** Returns the name of the image in the store. */
export function pulledName({ repository, tag }: Pick<PulledIdentity, 'repository' | 'tag'>): string {
  return nameFrom(['image', ...repository.split('/'), ...(tag === null ? [] : [tag])].join('-'))
}

/** Returns the path of an image. @param checked - further values that are checked when it is made */
export function pulledPath(identity: PulledIdentity, checked: object = {}): StorePath {
  const name = pulledName(identity)
  return recipePath(name, { maker: 'pulled-image-1', name, arguments: { ...identity, ...checked } })
}
