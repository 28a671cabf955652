/**
 * Opens new stores one after the other, remembers a fact in each, and prints what it reads back.
 *
 * Arguments: the directory of the stores, how many, the fact's key.
 */
import { join } from 'node:path'
import { openStore } from '../../../src/store/disk-store.ts'

const [folder = '', count = '1', key = ''] = process.argv.slice(2)
for (let index = 0; index < Number(count); index++) {
  await using store = await openStore(join(folder, String(index)))
  store.memory.rememberFact('opened', key, String(index))
  process.stdout.write(`${store.memory.fact('opened', key)}\n`)
}
