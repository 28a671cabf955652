/** The tools of a Debian set as a package: for this machine's architecture, whatever the images are for. */
import { machineArchitecture } from '../../base/machine-architecture.ts'
import type { Package } from '../../source/package.ts'
import { define } from '../../source/placeholder.ts'
import type { DebianSet } from '../options.ts'
import { debianDefinition } from '../set.ts'

/** Names of the Debian packages that scripts can call. */
export const toolPackages: readonly string[] =
  'bash coreutils diffutils fakechroot fakeroot findutils gawk grep gzip passwd sed tar'.split(' ')

/** A separate set in the lock: exclusions and preferences of an image's set do not affect it. */
export function debianTools(set: DebianSet): Package {
  const own: DebianSet = {
    ...set,
    architecture: machineArchitecture(),
    ...{ essential: 'none', recommends: false, prefer: [], omit: [] },
    ...{ exclude: ['doc', 'man', 'locale'], packageRecords: 'none', sandbox: undefined },
  }
  const packages = toolPackages.map((name) => define(debianDefinition(own, name), 'root'))
  return define<ToolsArguments>({ maker: 'debian-tools-1', name: 'tools', arguments: { packages } })
}

/** Input of the tools. */
export interface ToolsArguments {
  readonly packages: readonly Package[]
}
