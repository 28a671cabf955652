/**
 * Order in which garbage is unregistered: an object after everything that refers to it, in small batches at first, so that removing their
 * files makes room for more.
 */
import type { PathDatabase } from './nix/database.ts'
import type { StorePath } from './store-path.ts'

const largestBatch = 256

/** Splits objects into batches that can be unregistered one after another. Only these objects refer to them. */
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
    // Objects that refer to each other in a cycle must be unregistered together.
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
