/** Which users and groups a set's packages need ids for, read from their control archives. */
import type { StorePath } from '../../store/store-path.ts'
import type { Workshop } from '../package.ts'
import type { LockedPackage } from './resolution.ts'

/** Names that need ids, and ids that are not free. */
export interface Accounts {
  readonly needed: { readonly users: ReadonlySet<string>; readonly groups: ReadonlySet<string> }
  readonly taken: { readonly users: ReadonlySet<number>; readonly groups: ReadonlySet<number> }
}

export async function accountsOf(
  _added: readonly { readonly locked: LockedPackage; readonly path: StorePath }[],
  _packages: ReadonlyMap<string, LockedPackage>,
  _shop: Workshop,
): Promise<Accounts> {
  return { needed: { users: new Set(), groups: new Set() }, taken: { users: new Set(), groups: new Set() } }
}
