/** The tools as folders: `root` for scripts that see the tools' root, `lent` for those that see the image's (debian/tools/tools.ts). */
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Watch } from '../base/event.ts'
import { lock } from '../store/lock.ts'
import { removeTree } from '../store/remove.ts'
import { restoreTree } from '../tree/restore.ts'
import type { Tree } from '../tree/tree.ts'
import { scratchIn } from './scratch.ts'

/** The folder of some tools, written where it is not there yet. @param key - names them; equal keys must mean equal trees. */
export async function toolsFolder(
  folder: string,
  { key, tree }: { readonly key: string; tree(): Tree },
  watch: Watch,
): Promise<string> {
  const place = join(folder, 'tools', key)
  if (existsSync(place)) return place
  mkdirSync(join(folder, 'tools'), { recursive: true, mode: 0o755 })
  using _alone = await lock(join(folder, 'tools.lock'), { signal: watch.signal })
  if (existsSync(place)) return place
  await using scratch = scratchIn(folder, 'single')
  const fresh = join(scratch.folder, 'tools')
  restoreTree(tree(), fresh, { devices: 'skip' })
  removeTree(place)
  renameSync(fresh, place)
  return place
}
