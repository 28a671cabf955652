/** Container engines as targets that images are loaded into. */
import type { Digest } from '../base/digest.ts'
import type { Watch } from '../base/event.ts'
import type { ImagePlan } from '../image/image.ts'
import type { Platform } from '../image/platform.ts'
import type { Store } from '../store/store.ts'
import type { Calling, Client } from './client.ts'
import type { Sent } from './partial.ts'

/** Kinds of engines. */
export type EngineKind = 'docker' | 'podman' | 'containerd'

/** Inputs of loading. */
export interface LoadContext {
  readonly store: Store
  readonly watch: Watch
  /** Unique part of temporary names: seconds since 1970, a hyphen, a random part. */
  readonly token: string
}

/** An image that an engine has now. */
export interface LoadedImage {
  /** Its names as requested. */
  readonly names: readonly string[]
  /** The image's ID: the digest of its config. */
  readonly id: Digest
}

/** Result of loading. */
export interface Loaded extends Sent {
  /** In the order in which they were given, without duplicates. */
  readonly images: readonly LoadedImage[]
}

/** An engine that answers. */
export interface Engine extends Client {
  readonly kind: EngineKind
  /** Platform of its containers, if it reports one. */
  readonly platform?: Platform
  /**
   * Queries the images that the engine has.
   *
   * @returns a function that loads images: each layer has a remembered diff ID (`mergePlans`).
   * @throws BuildError engine.failed
   */
  prepare(calling: Calling): Promise<Load>
}

/** Loads images into an engine. @throws BuildError engine.failed, content.changed, stream.mismatch */
export type Load = (plans: readonly ImagePlan[], context: LoadContext) => Promise<Loaded>
