/** `debian({ suite })`: the packages of a Debian archive, verified from its signed index down to each `.deb`, and pinned by a lock. */

import { refuse } from '../base/check.ts'
import { siteKey } from '../debian/archive/site-key.ts'
import { certificatesPackage } from '../debian/certificates-package.ts'
import type { DebianSet } from '../debian/options.ts'
import { checkDebianOptions, type DebianOptions } from '../debian/options.ts'
import { debianDefinition } from '../debian/set.ts'
import { debianTools } from '../debian/tools/package.ts'
import { rememberSite } from '../source/call-sites.ts'
import type { Package } from '../source/package.ts'
import { define } from '../source/placeholder.ts'
import { callersFolder, callSite } from './call-site.ts'
import { makeSet, type PackageSet } from './set.ts'

/**
 * Creates a Debian package set. Reads nothing: packages are looked up in `slipway.lock` when an image is built, and resolved when it lacks them.
 *
 * A new lock is written beside the nearest `package.json` in the set's home or a directory above it; the home is the directory of the calling
 * file, or `directory`.
 *
 * @example
 * import { debian } from 'slipway'
 *
 * const { pkgs, dockerTools } = debian({ suite: 'trixie' })
 * export default dockerTools.buildLayeredImage({ name: 'redis', contents: [pkgs('redis-server')], config: { Cmd: ['redis-server'] } })
 * @throws BuildError argument.invalid, argument.unknown
 */
export function debian(options: DebianOptions): PackageSet {
  const home = options.directory ?? callersFolder('debian')
  const set = checkDebianOptions(options, home)
  return makeSet({
    kind: 'debian',
    architecture: set.architecture,
    home: set.directory,
    lock: set.lock,
    package: (name) => debianPackage(set, name),
    shell: () => `${debianPackage(set, 'bash')}/bin/bash`,
    env: () => `${debianPackage(set, 'coreutils')}/bin/env`,
    tools: () => debianTools(set),
    debugPackages: () =>
      ['bash', 'coreutils', 'findutils', 'grep', 'procps', 'sed', 'strace'].map((name) => debianPackage(set, name)),
    sandbox: set.sandbox,
    certificates: (extra) => certificatesPackage(debianPackage(set, 'ca-certificates'), extra),
  })
}

/** Debian policy, 5.6.1: lower case letters, digits, "+", "-" and ".", at least two. */
const nameRule = /^[a-z0-9][a-z0-9+.-]+$/

function debianPackage(set: DebianSet, name: string): Package {
  if (!nameRule.test(name)) refuse('debian pkgs: name', name, 'the name of a Debian package, such as "redis-server"')
  rememberSite(siteKey(name), callSite())
  return define(debianDefinition(set, name), 'root')
}
