/**
 * Small trees made from arguments alone: their store path follows from their content, as Nix's recursive fixed outputs do
 * (Nix manual, "Complete Store Path Calculation": type `source` with the references found in the content).
 */
import { digestOfAll } from '../base/digest.ts'
import { writeNar } from '../format/nar/write.ts'
import type { PathInfo } from '../store/store.ts'
import { contentAddress, hashPart, type StorePath, sourcePath } from '../store/store-path.ts'
import type { Tree } from '../tree/tree.ts'
import type { Maker, Recipe } from './package.ts'

/**
 * A maker of packages whose content is computed from their arguments alone.
 *
 * @param build - from arguments with real paths, to be read again and again.
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

/** Those recipes whose hash part occurs in a tree: its references. Small trees only. */
function namedIn(tree: Tree, inputs: readonly Recipe[]): readonly Recipe[] {
  const text = Buffer.concat([...writeNar(tree)]).toString('latin1')
  return inputs.filter((input) => text.includes(hashPart(input.path)))
}

/** Those paths whose hash part occurs in a text. */
export function pathsNamedIn(text: string, candidates: Iterable<StorePath>): readonly StorePath[] {
  return [...candidates].filter((candidate) => text.includes(hashPart(candidate)))
}
