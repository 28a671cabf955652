/** Users and groups that need ids in the lock: those that packages create (root/accounts.ts), except base-passwd's static ones. */
import type { Digest } from '../../base/digest.ts'
import { readDebControl } from '../../format/deb.ts'
import type { Workshop } from '../../source/package.ts'
import { flatContent } from '../../store/flat-content.ts'
import type { StorePath } from '../../store/store-path.ts'
import { path as pathOf } from '../../tree/path.ts'
import { asDeb, debNormaliser } from '../normaliser.ts'
import { parseMasters } from '../root/account-files.ts'
import { accountsOf, callsSysusers, sysusersOf } from '../root/accounts.ts'
import { type Account, accountsIn, accountsOfDatabase } from './ids.ts'
import type { LockedPackage } from './resolution.ts'

/** A package whose `.deb` is in the store. */
export interface FetchedDeb {
  readonly locked: LockedPackage
  readonly path: StorePath
}

/** Downloads the `.deb` of a package, unless it is in the store. */
export type Fetch = (locked: LockedPackage) => Promise<FetchedDeb>

/** Users and groups that the package may create. */
export async function askedAccounts(locked: LockedPackage, obtain: Fetch, shop: Workshop): Promise<readonly Account[]> {
  const read = async () => askedBy(await obtain(locked), shop)
  return remembered({ fact: 'debian-accounts-2', of: locked.sha256, read }, shop)
}

/** Base-passwd's accounts, which every machine has and whose ids are taken. */
export async function staticAccounts(
  basePasswd: LockedPackage,
  obtain: Fetch,
  shop: Workshop,
): Promise<readonly Account[]> {
  const read = async () => masters(await obtain(basePasswd), shop)
  return remembered({ fact: 'debian-static-accounts-1', of: basePasswd.sha256, read }, shop)
}

/** Results are remembered by the `.deb`'s hash: unpacking control archives takes most of the time. */
async function remembered({ fact, of, read }: Remembered, { store }: Workshop): Promise<readonly Account[]> {
  const known = store.memory.fact(fact, of)
  if (known !== undefined) return parseAccounts(known)
  const accounts = await read()
  store.memory.rememberFact(fact, of, formatAccounts(accounts))
  return accounts
}

interface Remembered {
  readonly fact: string
  readonly of: Digest
  readonly read: () => Promise<readonly Account[]>
}

/** Formats accounts, one per line: kind, name, id or nothing. */
function formatAccounts(accounts: readonly Account[]): string {
  return accounts.map(({ kind, name, id }) => `${kind}:${name}:${id ?? ''}`).join('\n')
}

/** Inverse of `formatAccounts`. */
function parseAccounts(text: string): readonly Account[] {
  return text.split('\n').flatMap((line) => {
    const [kind, name, id] = line.split(':')
    if ((kind !== 'user' && kind !== 'group') || name === undefined) return []
    return [{ kind, name, id: id === undefined || id === '' ? undefined : Number(id) }]
  })
}

/** Reads the data archive only if the scripts create users from files in it. */
async function askedBy({ locked, path }: FetchedDeb, shop: Workshop): Promise<readonly Account[]> {
  const { name, version, architecture } = locked
  const control = await readDebControl(flatContent(path, shop.store).open(), `${name} ${version}`)
  let sysusers: readonly string[] = []
  if (callsSysusers(control)) {
    await shop.store.unpack(path, debNormaliser)
    sysusers = sysusersOf({ name, version, architecture, control, tree: shop.store.laidOut(path, asDeb) })
  }
  return accountsIn(accountsOf([{ name, control, sysusers }]))
}

async function masters({ path }: FetchedDeb, shop: Workshop): Promise<readonly Account[]> {
  await shop.store.unpack(path, debNormaliser)
  const tree = shop.store.laidOut(path, asDeb)
  const text = (name: string) =>
    Buffer.from(tree.read(pathOf(`usr/share/base-passwd/${name}.master`)) ?? []).toString('utf8')
  return accountsOfDatabase(parseMasters(text('passwd'), text('group')))
}
