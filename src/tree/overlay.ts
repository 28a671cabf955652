/**
 * What a container sees of a stack of layers (OCI image specification, layer.md, "Applying Changesets").
 *
 * An upper entry replaces a lower one, but a directory joins a directory; a whiteout removes what lower layers have, an opaque directory
 * hides what they have below it. A hard link is bound when its layer is laid on: where an upper layer replaces the target later, the other
 * names keep the content that they had.
 */
import { Files } from './files.ts'
import { filtered, withParents } from './transform.ts'
import { emptyTree, type Tree, treeOf } from './tree.ts'

/**
 * One tree from layers, lowest first: no whiteouts, all parents.
 *
 * @throws BuildError tree.link-missing - a hard link whose target no layer up to its own has.
 */
export function overlay(layers: Iterable<Tree>): Tree {
  const files = new Files(emptyTree)
  for (const layer of layers) files.add(layer)
  const seen = filtered(treeOf(files.changes()), ({ kind }) => kind !== 'whiteout' && kind !== 'opaque')
  return treeOf([...withParents(seen).entries()])
}
