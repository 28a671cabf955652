/** Node itself as a package: what is asked for, as plain data; the version is looked up in the lock when an image is built. */
import type { Package } from '../../source/package.ts'
import { define } from '../../source/placeholder.ts'

/** What is asked for. */
export interface RuntimeArguments {
  /** A version or a range, as package.json's `engines.node` has them; null: what package.json says. */
  readonly range: string | null
  /** Directory of the lock file and its package.json, absolute. */
  readonly directory: string
  /** In Go's spelling; null: this machine's. */
  readonly architecture: string | null
  /** Packages that may provide what Node is linked with, by their Debian names; null where the image has them from elsewhere. */
  readonly libraries: Readonly<Record<string, Package>> | null
}

/** Debian packages that a build of Node may be linked with. */
export const libraryPackages: readonly string[] = ['libatomic1', 'libc6', 'libgcc-s1', 'libstdc++6']

/** Node as a package whose files are at /usr/local. */
export function runtimePackage(asked: RuntimeArguments): Package {
  return define({ maker: 'npm-runtime-1', name: 'node', arguments: asked }, 'root')
}
