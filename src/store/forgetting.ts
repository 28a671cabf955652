/** In which order garbage is forgotten: an object after all that refer to it, few at first, so that removing them makes room for more. */
import type { PathDatabase } from './nix/database.ts'
import type { StorePath } from './store-path.ts'

const largestBatch = 256

/** Objects in batches that can be forgotten one after the other. Nothing but these objects refers to them. */
export function* batches(
  objects: readonly StorePath[],
  { info }: Pick<PathDatabase, 'info'>,
): Generator<readonly StorePath[]> {
  const references = new Map(objects.map((path) => [path, others(path, info(path)?.references ?? [])]))
  const referrers = new Map(objects.map((path) => [path, 0]))
  const count = (path: StorePath, by: number): number => {
    const counted = (referrers.get(path) ?? 0) + by
    referrers.set(path, counted)
    return counted
  }
  for (const target of [...references.values()].flat()) count(target, 1)
  const ready = objects.filter((path) => referrers.get(path) === 0)
  for (let size = 1; references.size > 0; size = Math.min(2 * size, largestBatch)) {
    // Those that refer to each other in a circle can only be forgotten together.
    const batch = ready.length > 0 ? ready.splice(0, size) : [...references.keys()]
    yield batch
    for (const path of batch) {
      for (const target of references.get(path) ?? [])
        if (count(target, -1) === 0 && references.has(target)) ready.push(target)
      references.delete(path)
    }
  }
}

function others(path: StorePath, references: readonly StorePath[]): readonly StorePath[] {
  return references.filter((reference) => reference !== path)
}
