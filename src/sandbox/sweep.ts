/** Looks, at the start of every build, for what a killed one left: two calls of the system where nothing is there. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Removes what killed processes left below the folder of the sandboxes. */
export async function sweep(folder: string): Promise<void> {
  const work = join(folder, 'work')
  if (!existsSync(work) || readdirSync(work).length === 0) return
  const { sweepScratch } = await import('./scratch.ts')
  await sweepScratch(folder, process.getuid?.() === 0 ? 'root' : 'ranges')
}
