/**
 * Prepares the input of benchmarks: Debian packages downloaded, unpacked, and added to a store, once each as a directory and once as a
 * `.deb`.
 *
 * Everything is in one directory and is created only if it is missing. `apt-get download` downloads, `dpkg-deb` unpacks.
 */
import { execFileSync } from 'node:child_process'
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestOfAll } from '../src/base/digest.ts'
import { debNormaliser } from '../src/debian/normaliser.ts'
import { popularity } from '../src/layer/grouping/popularity.ts'
import type { LayerRecipe } from '../src/layer/layer.ts'
import { layerRecipe } from '../src/layer/recipe.ts'
import { openStore } from '../src/store/disk-store.ts'
import { fileBytes } from '../src/store/file-range.ts'
import type { Closure, LaidOut, PathInfo, Store } from '../src/store/store.ts'
import { fixedPath, logical, nameFrom, recipePath, type StorePath } from '../src/store/store-path.ts'
import { diskTree } from '../src/tree/disk.ts'

/** A prepared store, and its layers. */
export interface Prepared {
  readonly root: string
  /** JSON for `measured.ts`: the layers' recipes, as a conf.json has them. */
  readonly layers: string
  /** JSON for `two-pass.py`: the groups as logical paths. */
  readonly rival: string
}

export type Size = 'small' | 'large'

// As many groups as the default maxLayers leaves to an image without a base.
const groupCount = 99

/** The stores of one size. */
export async function prepare(
  folder: string,
  size: Size,
): Promise<{ readonly folders: Prepared; readonly debs: Prepared }> {
  const debs = fetched(folder, namesOf(size))
  return {
    folders: await made(join(folder, `${size}-folders`), 'store', (store) =>
      addFolders(store, debs, join(folder, 'unpacked')),
    ),
    debs: await made(join(folder, `${size}-debs`), 'unpacked:deb-1', (store) => addDebs(store, debs)),
  }
}

function namesOf(size: Size): readonly string[] {
  return readFileSync(join(import.meta.dirname, `packages-${size}.txt`), 'utf8')
    .trim()
    .split('\n')
}

function fetched(folder: string, names: readonly string[]): readonly string[] {
  const debs = join(folder, 'debs')
  mkdirSync(debs, { recursive: true })
  const found = (): ReadonlyMap<string, string> =>
    new Map(readdirSync(debs).map((file) => [file.replace(/_.*/, ''), file]))
  const missing = names.filter((name) => !found().has(name))
  if (missing.length > 0)
    // Its output is part of the error, if it fails.
    execFileSync('apt-get', ['download', '-qq', ...missing], { cwd: debs, stdio: ['ignore', 'ignore', 'pipe'] })
  const files = found()
  return names.map((name) => join(debs, files.get(name) ?? missingPackage(name)))
}

function missingPackage(name: string): never {
  throw new Error(`apt-get did not fetch ${name}`)
}

async function made(
  root: string,
  as: LaidOut,
  fill: (store: Store) => Promise<readonly PathInfo[]>,
): Promise<Prepared> {
  const prepared = { root, layers: join(root, 'layers.json'), rival: join(root, 'rival.json') }
  if (existsSync(prepared.rival)) return prepared
  rmSync(root, { recursive: true, force: true })
  mkdirSync(root, { recursive: true })
  await using store = await openStore(root)
  const infos = await fill(store)
  const groups = popularity(groupCount)(closureOf(infos, as))
  writeFileSync(prepared.layers, JSON.stringify(groups.map((group) => recipeOf(group, as, store))))
  writeFileSync(prepared.rival, JSON.stringify(groups.map((group) => group.map(logical))))
  return prepared
}

function recipeOf(group: readonly StorePath[], as: LaidOut, store: Store): LayerRecipe {
  return layerRecipe(
    group.flatMap((path) => {
      const info = store.info(path)
      return info === undefined ? [] : [{ path, as, info }]
    }),
  )
}

function closureOf(infos: readonly PathInfo[], as: LaidOut): Closure {
  return {
    roots: infos.map(({ path }) => path),
    nodes: new Map(infos.map((info) => [info.path, { info, as, size: info.narSize }])),
    edges: new Map(),
  }
}

async function addFolders(store: Store, debs: readonly string[], unpacked: string): Promise<readonly PathInfo[]> {
  const infos: PathInfo[] = []
  mkdirSync(unpacked, { recursive: true })
  for (const deb of debs) {
    const folder = join(unpacked, nameOf(deb))
    if (!existsSync(folder)) execFileSync('dpkg-deb', ['-x', deb, folder])
    infos.push(await store.add(recipePath(nameOf(deb), nameOf(deb)), diskTree(folder), { candidates: [] }))
  }
  return infos
}

async function addDebs(store: Store, debs: readonly string[]): Promise<readonly PathInfo[]> {
  const infos: PathInfo[] = []
  for (const deb of debs) {
    const fixed = digestOfAll(fileBytes(deb))
    const path: StorePath = fixedPath(nameOf(deb), fixed)
    infos.push(await store.addFile(path, createReadStream(deb), { fixed, candidates: [] }))
    await store.unpack(path, debNormaliser)
  }
  return infos
}

function nameOf(deb: string): string {
  return nameFrom(
    deb
      .replace(/.*\//, '')
      .replace(/\.deb$/, '')
      .replace('%3a', '-'),
  )
}
