/**
 * Small trees made from arguments alone: their store path follows from their content, as Nix's recursive fixed outputs do
 * (Nix manual, "Complete Store Path Calculation": type `source` with the references found in the content).
 */
import { digestOfAll } from '../base/digest.ts'
import { writeNar } from '../format/nar/write.ts'
import type { PathInfo } from '../store/store.ts'
import { contentAddress, hashPart, type StorePath, sourcePath } from '../store/store-path.ts'
import type { Tree } from '../tree/tree.ts'
import type { Definition, Instantiating, Package, Recipe } from './package.ts'
import { define } from './placeholder.ts'

/** How a pure tree follows from its arguments. */
export interface TreeMaker<T extends Readonly<Record<string, unknown>>> {
  readonly maker: string
  readonly name: string
  readonly arguments: T
  /** From arguments with real paths, to be read again and again. */
  build(given: T): Tree
}

/** A package whose content is computed from its arguments alone. */
export function treePackage<T extends Readonly<Record<string, unknown>>>(made: TreeMaker<T>): Package {
  const definition: Definition = {
    maker: made.maker,
    name: made.name,
    arguments: made.arguments,
    instantiate: async (given) => treeRecipe(made, given),
  }
  return define(definition)
}

function treeRecipe<T extends Readonly<Record<string, unknown>>>(made: TreeMaker<T>, given: Instantiating): Recipe {
  const tree = made.build(given.replace(made.arguments))
  const inputs = namedIn(tree, given.inputs)
  const candidates = inputs.map((input) => input.path)
  const narHash = digestOfAll(writeNar(tree))
  const path = sourcePath(made.name, narHash, candidates)
  return {
    path,
    name: made.name,
    as: 'store',
    inputs,
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
