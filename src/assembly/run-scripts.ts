/**
 * Runs shell scripts on an image's own layer.
 *
 * Their output is a store object at a path that follows from all of their inputs, so the same scripts on the same root
 * run once, whatever else in the image changes.
 */
import { digestOf, digestOfAll } from '../base/digest.ts'
import { canonicalJson } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { tarSize, writeTar } from '../format/tar/write.ts'
import { isAtStorePath } from '../layer/recipe.ts'
import type { Job, Script } from '../sandbox/sandbox.ts'
import type { Recipe, Workshop } from '../source/package.ts'
import { toolsOf } from '../source/tools.ts'
import type { PathInfo } from '../store/store.ts'
import { logical, recipePath, type StorePath } from '../store/store-path.ts'
import { diff } from '../tree/diff.ts'
import { show } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'
import type { Changed, Changing } from './changing.ts'
import { sandboxFor } from './command-sandbox.ts'
import type { Reading } from './image-data.ts'
import type { Parts } from './parts.ts'
import { lineIn } from './script-place.ts'
import { refuseAbsent, visibleObjects } from './visible-objects.ts'

const form = { names: 'relative', end: 'record' } as const

/** Default limit, in bytes, on the files that scripts add: that of nixpkgs' `diskSize`. */
const usualDisk = 1024 * 2 ** 20

/** Returns the layer after the scripts. @throws BuildError command.*, sandbox.* */
export async function runScripts(scripts: readonly Script[], changing: Changing, shop: Workshop): Promise<Changed> {
  const { parts, layer, copied, below, stable } = changing
  const { image, recipes, whole } = parts
  const { tools } = image
  if (tools === undefined) throw new Error('unreachable: scripts without tools')
  const objects = visibleObjects(scripts, parts, tools)
  const key = belowKey(parts, copied)
  const name = `${image.name}-commands`
  const path = recipePath(name, {
    maker: 'commands-1',
    name,
    arguments: {
      scripts: scripts.map(({ place, text, within }) => ({ place, text, within })),
      below: key,
      layer: digestOfAll(writeTar(layer.entries(), form)),
      objects: objects.map((object) => object.path),
      tools: toolsOf(tools)?.identity ?? null,
    },
  })
  const located = scripts.map((script) => ({ ...script, where: lineIn(script, shop) }))
  const run = async <T>(work: (left: Tree) => Promise<T>): Promise<T> => {
    const sandbox = await sandboxFor(image.reading.sandbox, tools, shop)
    const limits = limitsOf(image.reading)
    const unpacked = {
      key,
      tree: below(),
      ...(copied.length === 0 ? {} : { stable: { key: belowKey(parts, []), tree: stable() } }),
    }
    const job: Job = { name: image.name, below: unpacked, layer, scripts: located, objects, limits }
    await using outcome = await sandbox.run(job, shop)
    return await work(outcome.layer)
  }
  const candidates = [
    ...new Set([...whole.closure.nodes.keys(), ...recipes.keys(), ...objects.map((each) => each.path)]),
  ]
  const add = (left: Tree): Promise<PathInfo> =>
    shop.store.addFile(path, writeTar(left.entries(), form), { size: tarSize(left.entries(), form), candidates })
  const info = shop.store.info(path) ?? (await run(add))
  const tree = shop.store.laidOut(path, 'layer')
  if (shop.commands.rebuild) await run((again) => compare(tree, again, image.name))
  return { tree, left: objectsLeft(info, parts, tools) }
}

/** Identifies the tree below, which follows from the base's layers and how packages are laid out. */
function belowKey({ base, members }: Parts, copied: Changing['copied']): string {
  const layers = (base?.layers ?? []).map(({ recipe }) => recipe)
  const laidOut = [...members.values()].filter((member) => !isAtStorePath(member))
  const packages = laidOut.map(({ info, ...member }) => ({ ...member, narHash: info.narHash }))
  const copies = copied.map((each) => [each.members, each.adjustments])
  return digestOf(canonicalJson({ format: 1, layers, packages, ...(copies.length === 0 ? {} : { copies }) }))
}

function limitsOf({ disk = usualDisk, memory }: Reading): Job['limits'] {
  return { disk, memory }
}

/** @throws BuildError command.differs */
async function compare(first: Tree, second: Tree, image: string): Promise<void> {
  const [change] = diff(first, second).entries()
  if (change === undefined) return
  fail('command.differs', `The commands of ${image} left a different /${show(change.path)} the second time.`, {
    remedy: 'Take dates, random numbers and the order of directories out of them.',
    detail: { image, path: show(change.path) },
  })
}

/** Objects at store paths that the output adds to the image. @throws BuildError command.package-absent for a package that is only a tool */
function objectsLeft({ references }: PathInfo, parts: Parts, tools: Recipe): readonly StorePath[] {
  return references.filter((path) => {
    const recipe = parts.recipes.get(path)
    if (recipe !== undefined && recipe.as !== 'store' && !parts.whole.closure.nodes.has(path))
      refuseAbsent(recipe, parts, `The files left by its commands refer to ${logical(path)}`)
    return path !== tools.path
  })
}
