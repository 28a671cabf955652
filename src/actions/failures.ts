/** Turns failures of the machine and of the store's database into errors with a code, wherever in an action they occur. */
import { firstFailure, machineFailure } from '../base/machine-failure.ts'
import { storeFailure } from '../store/disk-failure.ts'
import { sqliteCode } from '../store/sqlite.ts'

/** Runs `work` with the store at `root`. @throws BuildError store.*, machine.* */
export async function namingFailures<T>(root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (given) {
    const thrown = firstFailure(given)
    throw sqliteCode(thrown) === undefined ? machineFailure(thrown) : storeFailure(root, thrown)
  }
}
