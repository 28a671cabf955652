/**
 * Small trees that are computed from arguments alone. Their store path follows from their content, as for Nix's recursive fixed outputs
 * (Nix manual, "Complete Store Path Calculation": type `source` with the references found in the content).
 */
import { digestOfAll } from '../base/digest.ts'
import { writeNar } from '../format/nar/write.ts'
import type { PathInfo } from '../store/store.ts'
import { contentAddress, hashPart, type StorePath, sourcePath } from '../store/store-path.ts'
import type { Tree } from '../tree/tree.ts'
import type { Maker, Recipe } from './package.ts'

/**
 * Creates a maker of packages whose content is computed from their arguments alone.
 *
 * @param build - computes the tree from arguments with real paths; the tree may be read several times.
 */
export function treeMaker<A extends object>(build: (given: A) => Tree): Maker<A> {
  return {
    instantiate: ({ name, arguments: described }, given) =>
      treeRecipe({ name, tree: build(given.replace(described)) }, given.inputs),
  }
}

function treeRecipe({ name, tree }: { readonly name: string; readonly tree: Tree }, all: readonly Recipe[]): Recipe {
  const inputs = namedIn(tree, all)
  const candidates = inputs.map((input) => input.path)
  const narHash = digestOfAll(writeNar(tree))
  const path = sourcePath(name, narHash, candidates)
  return {
    ...{ path, name, inputs },
    as: 'store',
    requires: [],
    realise: (shop): Promise<PathInfo> =>
      shop.store.add(path, tree, { candidates, contentAddress: contentAddress('fixed:r', narHash) }),
  }
}

/** Returns the references of a tree: the recipes whose hash part occurs in it. For small trees only. */
function namedIn(tree: Tree, inputs: readonly Recipe[]): readonly Recipe[] {
  const text = Buffer.concat([...writeNar(tree)]).toString('latin1')
  return inputs.filter((input) => text.includes(hashPart(input.path)))
}

/** Returns the paths whose hash part occurs in a string. */
export function pathsNamedIn(text: string, candidates: Iterable<StorePath>): readonly StorePath[] {
  return [...candidates].filter((candidate) => text.includes(hashPart(candidate)))
}
