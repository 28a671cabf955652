/** `lock`: writes into `slipway.lock` what packages need, and no more than asked: nothing is built. */
import { fail } from '../base/error.ts'
import { absolutePath } from '../base/real-path.ts'
import { resolve } from '../source/instantiate.ts'
import { lockChanges, pruneLocks, type SetChange, vendorFiles } from '../source/lock-changes.ts'
import type { Package } from '../source/package.ts'
import { type ActionOptions, inWorkshop } from './workshop.ts'

/** What `lock` takes besides the packages. */
export interface LockOptions extends ActionOptions {
  /** Moves every package to what the archive has today. */
  readonly update?: boolean
  /** Drops what the given packages do not need. */
  readonly prune?: boolean
  /** A folder that is given every locked package (`.deb`); what `snapshot` of a set then reads. */
  readonly vendor?: string
}

/** What happened. */
export interface Locked {
  /** Packages added, removed and moved from version to version, by set; empty when the lock said it all. */
  readonly changes: readonly SetChange[]
  /** Files written to the vendored folder. */
  readonly vendored: readonly string[]
}

/** Locks what packages need. @throws BuildError debian.*, lock.*, network.* */
export async function lock(targets: readonly Package[], options: LockOptions = {}): Promise<Locked> {
  return inWorkshop(options, async (shop) => {
    await resolve(targets, shop)
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
