/**
 * `includeNixDB`: a Nix database of the image's objects below /nix/store, for `nix-store` in the container.
 *
 * A package whose files are elsewhere is registered with its stand-in.
 */
import { digestOfAll } from '../base/digest.ts'
import { narSize, writeNar } from '../format/nar/write.ts'
import { databaseBytes } from '../store/nix/database-image.ts'
import type { Closure, PathInfo } from '../store/store.ts'
import { logical, type StorePath } from '../store/store-path.ts'
import { file, memoryTree, symlink } from '../tree/memory.ts'
import type { Tree } from '../tree/tree.ts'
import type { StandIns } from './stand-ins.ts'

/** Inputs of an image's database. */
export interface Registered {
  readonly closure: Closure
  /** Objects that become garbage-collector roots in the image. */
  readonly roots: readonly StorePath[]
  readonly standIns: StandIns
}

/** Name and version of the database file, part of the recipe of every image that has one. */
export const nixDatabaseVersion = 'nix-database-1'

/** Returns the entries of /nix/var/nix. @param temporary - an existing directory, in which the database is written */
export function nixDatabase({ closure, roots, standIns }: Registered, temporary: string): Tree {
  const objects = [...closure.nodes.values()].flatMap(({ as, info }) => (as === 'store' ? [info] : []))
  const infos = [...objects, ...[...standIns].map(([path, tree]) => asDirectory(path, tree))]
  const links = roots.map((root) => [`nix/var/nix/gcroots/docker/${root}`, symlink(logical(root))] as const)
  return memoryTree({
    'nix/var/nix/db/db.sqlite': file(
      databaseBytes(
        infos.sort((a, b) => (a.path < b.path ? -1 : 1)),
        temporary,
      ),
    ),
    'nix/var/nix/db/schema': file('10'),
    ...Object.fromEntries(links),
  })
}

function asDirectory(path: StorePath, tree: Tree): PathInfo {
  return { path, narHash: digestOfAll(writeNar(tree)), narSize: narSize(tree), references: [], signatures: [] }
}
