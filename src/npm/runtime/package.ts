/** Node itself as a package: the request as plain data; the version is looked up in the lock when an image is built. */
import type { Package } from '../../source/package.ts'
import { define } from '../../source/placeholder.ts'

/** Request for a release of Node. */
export interface RuntimeArguments {
  /** Version or range, as in `engines.node` of package.json; null for the range of package.json itself. */
  readonly range: string | null
  /** Absolute path of the directory of the lock file and its package.json. */
  readonly directory: string
  /** In Go's spelling; null for this machine's. */
  readonly architecture: string | null
  /** Packages that may provide Node's shared libraries, by their Debian names; null if the image has the libraries from elsewhere. */
  readonly libraries: Readonly<Record<string, Package>> | null
}

/** Debian packages that a build of Node may be linked with. */
export const libraryPackages: readonly string[] = ['libatomic1', 'libc6', 'libgcc-s1', 'libstdc++6']

/** Returns Node as a package whose files are at /usr/local. */
export function runtimePackage(asked: RuntimeArguments): Package {
  return define({ maker: 'npm-runtime-1', name: 'node', arguments: asked }, 'root')
}
