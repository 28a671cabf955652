/**
 * `includeNixDB`: the Nix database of what an image holds below /nix/store, so that `nix-store` in the container knows it.
 *
 * A Debian package that is there as a directory of links is registered as that directory.
 */
import { digestOfAll } from '../base/digest.ts'
import { narSize, writeNar } from '../format/nar/write.ts'
import { databaseBytes } from '../store/nix/database-image.ts'
import type { Closure, PathInfo } from '../store/store.ts'
import { logical, type StorePath } from '../store/store-path.ts'
import { file, memoryTree, symlink } from '../tree/memory.ts'
import type { Tree } from '../tree/tree.ts'

/** What an image's database is made of. */
export interface Registered {
  readonly closure: Closure
  /** Objects that become garbage-collector roots in the image. */
  readonly roots: readonly StorePath[]
  /** What stands at the store paths of Debian packages; those without are not below /nix/store. */
  readonly standIns: ReadonlyMap<StorePath, Tree>
}

/** The entries of /nix/var/nix. */
export function nixDatabase({ closure, roots, standIns }: Registered): Tree {
  const infos = [...closure.nodes].flatMap(([path, { as, info }]): readonly PathInfo[] => {
    if (as === 'store') return [info]
    const tree = standIns.get(path)
    return tree === undefined ? [] : [asDirectory(path, tree)]
  })
  const links = roots.map((root) => [`nix/var/nix/gcroots/docker/${root}`, symlink(logical(root))] as const)
  return memoryTree({
    'nix/var/nix/db/db.sqlite': file(databaseBytes(infos)),
    'nix/var/nix/db/schema': file('10'),
    ...Object.fromEntries(links),
  })
}

function asDirectory(path: StorePath, tree: Tree): PathInfo {
  return { path, narHash: digestOfAll(writeNar(tree)), narSize: narSize(tree), references: [], signatures: [] }
}
