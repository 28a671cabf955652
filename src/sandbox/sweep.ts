/** Looks for leftovers of killed builds at the start of each build: two system calls if there are none. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Removes leftovers of killed processes below the sandboxes' directory. */
export async function sweep(folder: string): Promise<void> {
  const work = join(folder, 'work')
  if (!existsSync(work) || readdirSync(work).length === 0) return
  const { sweepScratch } = await import('./scratch.ts')
  await sweepScratch(folder, process.getuid?.() === 0 ? 'root' : 'ranges')
}
