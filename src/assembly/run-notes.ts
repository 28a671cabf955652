/** Notes about what a container lacks, but may never need: interpreters of scripts, and time zones. */
import type { ContainerConfig } from '../image/image.ts'
import { containerTree, searchPath, startedProgram } from './container-view.ts'
import type { Own } from './image-root.ts'
import type { Parts } from './parts.ts'
import { scriptNotes } from './script-notes.ts'
import { zoneNotes } from './zone-notes.ts'

/** Version of these notes, part of the recipe of images with packages of an ecosystem, a base or copied files. Must change whenever the notes do. */
export const runNotesVersion = 'run-notes-2'

/** Returns the notes, one sentence each. @param config - including inherited fields */
export function runNotes(
  config: ContainerConfig,
  parts: Parts,
  own: Pick<Own, 'root' | 'packages' | 'over'>,
): string[] {
  const tree = containerTree(own.root, parts)
  const packageFor = (file: string): string | undefined =>
    parts.image.uses.map(({ use }) => use.packageFor?.(file)).find((name) => name !== undefined)
  const seen = { tree, packageFor }
  const started = startedProgram(config, parts.image.data.config, tree)?.file
  const search = { ...seen, parts, own, directories: searchPath(config), started }
  return [...scriptNotes(search), ...zoneNotes(parts, seen)]
}
