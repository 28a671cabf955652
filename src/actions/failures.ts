/** Converts failures of the machine and of the store's database to errors with a code, wherever in an action they occur. */
import { firstFailure, machineFailure } from '../base/machine-failure.ts'

/** Runs `work` with the store at `root`. @throws BuildError store.*, machine.* */
export async function namingFailures<T>(root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (given) {
    const thrown = firstFailure(given)
    const [{ storeFailure }, { sqliteCode }] = await Promise.all([
      import('../store/disk-failure.ts'),
      import('../store/sqlite.ts'),
    ])
    throw sqliteCode(thrown) === undefined ? machineFailure(thrown) : storeFailure(root, thrown)
  }
}
