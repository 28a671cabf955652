/**
 * The roots that Nix keeps from collection, where it uses the same store (Nix manual, "Garbage Collector Roots"): links below `gcroots` and
 * `profiles` to objects, and `gcroots/auto`, whose links lead to links anywhere, such as `result`.
 */
import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseStorePath, type StorePath } from '../store-path.ts'

/** Returns the objects that links below some directories keep; `except` is not looked into. */
export function nixRoots(directories: readonly string[], except: string): readonly StorePath[] {
  return directories.flatMap((directory) => [...rootsBelow(directory, except)])
}

function* rootsBelow(place: string, except: string): Generator<StorePath> {
  const stats = statsOf(place)
  if (stats === undefined || place === except) return
  if (stats.isDirectory()) {
    for (const name of readdirSync(place)) yield* rootsBelow(join(place, name), except)
    return
  }
  const target = targetOf(place, stats)
  // A link of Nix's leads to an object, or to a link that does.
  const object = objectIn(target) ?? objectIn(target === undefined ? undefined : targetOf(target, statsOf(target)))
  if (object !== undefined) yield object
}

function targetOf(link: string, stats: Stats | undefined): string | undefined {
  return stats?.isSymbolicLink() === true ? resolve(dirname(link), readlinkSync(link)) : undefined
}

/** The object that a path is in, whether it names the store by its logical place or by where it is on the disk. */
function objectIn(place: string | undefined): StorePath | undefined {
  const [, name] = /\/nix\/store\/([^/]+)/.exec(place ?? '') ?? []
  return name === undefined ? undefined : parseStorePath(name)
}

function statsOf(place: string): Stats | undefined {
  return lstatSync(place, { throwIfNoEntry: false })
}
