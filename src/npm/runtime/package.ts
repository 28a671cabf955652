/** The Node that an image runs: a version from npm's `node-linux-*` packages, pinned in slipway.lock. */
import type { Package } from '../../source/package.ts'
import { define } from '../../source/placeholder.ts'

/** Which Node is wanted. */
export interface RuntimeArguments {
  /** A version or a range; null: that of `engines.node` in package.json, else slipway's own major version. */
  readonly range: string | null
  /** The home of the set: where package.json and the lock are. */
  readonly directory: string
  /** Of the image, in Go's spelling; null: this machine's. */
  readonly architecture: string | null
}

/** The package of a runtime. */
export function runtimePackage(wanted: RuntimeArguments): Package {
  return define<RuntimeArguments>({ maker: 'npm-runtime-1', name: 'node', arguments: wanted }, 'root')
}
