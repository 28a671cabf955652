/** `lock`: writes the packages that targets need to `slipway.lock`, without building. */
import { arrayOf, checkBoolean, checkString } from '../base/check.ts'
import { fail } from '../base/error.ts'
import { absolutePath } from '../base/real-path.ts'
import { resolve } from '../source/instantiate.ts'
import { lockChanges, pruneLocks, type SetChange, vendorFiles } from '../source/lock-changes.ts'
import type { Package } from '../source/package.ts'
import { actionChecks, checkCall, checkPackage, givenOptions, type OptionChecks, optional } from './call.ts'
import { type ActionOptions, inWorkshop } from './workshop.ts'

/** Options of `lock`. */
export interface LockOptions extends ActionOptions {
  /** Whether to update every package to the archive's current version. Default: false. */
  readonly update?: boolean
  /** Whether to remove packages from the lock that the targets do not need. Default: false. */
  readonly prune?: boolean
  /** Directory that every locked package (`.deb`) is written to, for the option `snapshot` of a set. Default: none. */
  readonly vendor?: string
}

const optionChecks: OptionChecks<LockOptions> = {
  ...actionChecks,
  update: optional(checkBoolean),
  prune: optional(checkBoolean),
  vendor: optional(checkString),
}

/** Result of `lock`. */
export interface LockResult {
  /** Packages that were added, removed or changed to another version, by set; empty if the lock was up to date. */
  readonly changes: readonly SetChange[]
  /** Paths of the files written to the directory `vendor`. */
  readonly vendored: readonly string[]
}

/**
 * Writes the packages that targets need to `slipway.lock`, with versions and hashes, without building.
 *
 * @example
 * import { debian, lock } from 'slipway'
 *
 * const { pkgs, dockerTools } = debian({ suite: 'trixie' })
 * const image = dockerTools.buildLayeredImage({ name: 'hello', contents: [pkgs('hello')], config: { Cmd: ['hello'] } })
 * const { changes } = await lock([image], { update: true })
 * console.log(changes)
 * @param targets - packages and images whose packages the lock must have.
 * @throws BuildError argument.invalid, debian.*, lock.*, network.*, project.*
 */
export async function lock(targets: readonly Package[], options: LockOptions = {}): Promise<LockResult> {
  checkCall(
    'lock',
    { targets, options },
    { targets: arrayOf(checkPackage, 'an array of packages'), options: givenOptions(optionChecks) },
  )
  return inWorkshop(options, async (shop) => {
    await resolve(targets, shop, options.beside)
    const added = lockChanges(shop)
    const dropped = options.prune === true ? await pruneLocks(shop) : []
    const vendored = options.vendor === undefined ? [] : await vendorFiles(vendorFolder(options.vendor), shop)
    return { changes: [...added, ...dropped], vendored }
  })
}

function vendorFolder(name: string): string {
  if (name !== '' && name !== '-') return absolutePath(name)
  return fail('argument.invalid', `${JSON.stringify(name)} is not a directory for packages.`, {
    remedy: 'Name a directory, such as vendor or ./-.',
  })
}
