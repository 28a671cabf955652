/** Trees of npm packages to compare: as npm installs them on a disk, and as slipway lays them out in layers. Path → kind, mode and content. */
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { readConf } from '../../src/assembly/read-conf.ts'
import { layerTree } from '../../src/layer/tree/layer-tree.ts'
import type { NodePackageSet } from '../../src/sets/node.ts'
import { instantiate } from '../../src/source/instantiate.ts'
import type { Workshop } from '../../src/source/package.ts'
import { realise } from '../../src/source/realise.ts'
import { type Entry, hasMetadata } from '../../src/tree/entry.ts'
import { overlay } from '../../src/tree/overlay.ts'
import { isWithin, path, relative, show, showBytes } from '../../src/tree/path.ts'

/** One line for each path. */
export type Listing = ReadonlyMap<string, string>

/** What npm left below a project's directory, without its own notes. */
export function installedTree(project: string): Listing {
  const found = new Map<string, string>()
  const visit = (below: string): void => {
    for (const name of readdirSync(join(project, below)).sort()) {
      const at = below === '' ? name : `${below}/${name}`
      if (!isInstalled(at) || name === '.package-lock.json') continue
      const stat = lstatSync(join(project, at))
      const mode = (stat.mode & 0o7777).toString(8)
      if (stat.isSymbolicLink()) found.set(at, `link ${readlinkSync(join(project, at))}`)
      else if (stat.isFile()) found.set(at, `file ${mode} ${hashOf([readFileSync(join(project, at))])}`)
      else {
        if (at.includes('node_modules')) found.set(at, `directory ${mode}`)
        visit(at)
      }
    }
  }
  visit('')
  return found
}

/** What is in a node_modules, or may have one below it. */
function isInstalled(at: string): boolean {
  return at.split('/').includes('node_modules') || !at.includes('.')
}

/** What slipway lays out below the directory of a set's project. */
export async function laidOutTree({ modules, dockerTools }: NodePackageSet, shop: Workshop): Promise<Listing> {
  const image = dockerTools.buildLayeredImage({
    name: 'tree',
    contents: [modules],
    layering: 'auto',
    compressor: 'none',
  })
  const conf = image.stream.conf
  const recipe = (await instantiate([conf], shop)).of(conf)
  await realise([recipe], shop)
  const { layers } = readConf(shop.store, recipe.path)
  const tree = overlay(layers.map((layer) => layerTree(shop.store, layer.recipe)))
  const app = path('app')
  const entries = [...tree.entries()].filter((entry) => entry.path !== app && isWithin(entry.path, app))
  return new Map(
    entries
      .map((entry) => [show(relative(entry.path, app) ?? entry.path), lineOf(entry)] as const)
      .filter(([at]) => at.split('/').includes('node_modules')),
  )
}

function lineOf(entry: Entry): string {
  if (!hasMetadata(entry)) return entry.kind
  const { uid, gid, mtime, mode } = entry.metadata
  if (uid !== 0 || gid !== 0 || mtime !== 1) return `of ${uid}:${gid}, ${mtime}`
  if (entry.kind === 'symlink') return `link ${showBytes(entry.target)}`
  return entry.kind === 'file'
    ? `file ${mode.toString(8)} ${hashOf(entry.content.open())}`
    : `${entry.kind} ${mode.toString(8)}`
}

function hashOf(bytes: Iterable<Uint8Array>): string {
  const hasher = createHash('sha1')
  for (const chunk of bytes) hasher.update(chunk)
  return hasher.digest('hex')
}

/** Where two trees differ, a line each. */
export function differences(npm: Listing, own: Listing): readonly string[] {
  const paths = [...new Set([...npm.keys(), ...own.keys()])].sort()
  return paths
    .filter((at) => npm.get(at) !== own.get(at))
    .map((at) => `${at}: npm has ${npm.get(at) ?? 'nothing'}, slipway ${own.get(at) ?? 'nothing'}`)
}
