/** Reduces a locked Debian set to what some names need. */
import type { DebianSet } from '../options.ts'
import { dataPackages, reachable } from './locked-set.ts'
import type { LockedPackage, LockedSet } from './resolution.ts'

/** Returns the set with these names as roots. Ids stay: a user that comes back keeps its files. */
export function prunedSet(locked: LockedSet, names: ReadonlySet<string>, options: DebianSet): LockedSet {
  const roots = locked.roots.filter((root) => names.has(root))
  const reached = reachable({ ...locked, roots }, options)
  const stays = ([name]: readonly [string, LockedPackage]) => reached.has(name) || dataPackages.includes(name)
  return { ...locked, roots, packages: new Map([...locked.packages].filter(stays).map(asData(reached))) }
}

/** A package that has become only data keeps only data's requirements. */
function asData(reached: ReadonlySet<string>): (entry: [string, LockedPackage]) => [string, LockedPackage] {
  return ([name, locked]) => {
    if (reached.has(name)) return [name, locked]
    return [
      name,
      {
        ...locked,
        requires: locked.requires.filter((other) => name === 'dash' && other === 'libc6' && reached.has(other)),
      },
    ]
  }
}
