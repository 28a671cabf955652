/**
 * Numeric owners of copied files. Names are looked up in the account files that the image will have: those of its packages and its
 * base, with the accounts that typed commands add. Accounts that shell commands add are not known before they run.
 */
import { gather } from '../base/bytes.ts'
import { located } from '../base/error.ts'
import type { StoreReader } from '../store/store.ts'
import { type Accounts, idsOf, type NamedOwner, parseAccounts, parseOwner, primaryGroup } from '../tree/owner-names.ts'
import { path } from '../tree/path.ts'
import type { Owner } from '../tree/transform.ts'
import type { Tree } from '../tree/tree.ts'
import type { Copied } from './image-data.ts'
import { fileInStore } from './store-file.ts'

/** Tells whether an owner must be looked up in the account files. */
export function needsAccounts({ owner }: Copied): boolean {
  const { user, group } = named(owner)
  return typeof user === 'string' || typeof group !== 'number'
}

/** Returns the numeric owner. @param byShell - whether shell commands might add accounts. @throws BuildError account.unknown */
export function ownerOf(
  { owner, to }: Copied,
  accounts: Accounts,
  { byDefault, byShell }: { readonly byDefault: string; readonly byShell: boolean },
): Owner {
  const { user = 0, group = primaryGroup(user, accounts) } = named(owner ?? byDefault)
  const remedy = byShell
    ? 'Accounts that shell commands add are not known when files are copied: add it with root.user or root.group, or give numbers, such as "1000:1000".'
    : 'Add it with root.user or root.group, or give numbers, such as "1000:1000".'
  const { uid = 0, gid = 0 } = located(`copy() to ${JSON.stringify(to)}`, () =>
    idsOf({ user, group }, accounts, remedy),
  )
  return { uid, gid, uname: uid === 0 ? 'root' : '', gname: gid === 0 ? 'root' : '' }
}

/** Avoids the account files for copies without an owner. */
function named(owner: string | null): NamedOwner {
  return (owner === null ? undefined : parseOwner(owner)) ?? { user: 0, group: 0 }
}

/** Reads the users and groups of an image's root. */
export function accountsIn(tree: Tree, store: StoreReader): Accounts {
  const text = (name: string): string => {
    const at = path(`etc/${name}`)
    const link = tree.get(at)
    const content = tree.content(at) ?? (link?.kind === 'symlink' ? fileInStore(link.target, store) : undefined)
    return content === undefined ? '' : Buffer.from(gather(content.open())).toString('latin1')
  }
  return parseAccounts(text('passwd'), text('group'))
}
