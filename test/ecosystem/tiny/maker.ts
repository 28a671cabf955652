/** Makes tiny packages: locked by their hashes, described by the catalogue. */
import type { LockedItem } from '../../../src/lock/set-kind.ts'
import type { Maker, Workshop } from '../../../src/source/package.ts'
import { growLock, lockFileOf, readLock } from '../../../src/source/project-lock.ts'
import { resolvedSets } from '../../../src/source/resolved-sets.ts'
import { archiveOf, type Catalogue, measured, type TinySpec } from './archive.ts'
import { type TinyRecipe, tinyEcosystem } from './ecosystem.ts'
import { asTiny, tinyNormaliser } from './normaliser.ts'
import { catalogueFile, type TinyArguments } from './set.ts'
import { type TinyLocked, tinyPath, tinySetKind } from './set-kind.ts'

const lockKey = 'tiny catalogue'

export const tinyMaker: Maker<TinyArguments> = {
  resolve: async (definitions, shop) => {
    const byFolder = Map.groupBy(definitions, (definition) => definition.arguments.directory)
    for (const [directory, own] of byFolder)
      await lockAll(
        directory,
        own.map((each) => each.arguments.package),
        shop,
      )
  },
  instantiate: async ({ arguments: { package: name, directory } }, _given, shop) => {
    const lock = await readLock(lockFileOf({ lock: undefined, directory }, shop), shop)
    const set = lock.get(lockKey)?.set
    if (set === undefined || !isTinyLocked(set)) throw new Error('unreachable: nothing is locked')
    return recipeOf(name, catalogueOf(directory, shop), set)
  },
}

async function lockAll(directory: string, names: readonly string[], shop: Workshop): Promise<void> {
  const catalogue = catalogueOf(directory, shop)
  const file = lockFileOf({ lock: undefined, directory }, shop)
  const grown = await growLock(
    file,
    async (lock) => {
      const set = lock.get(lockKey)?.set
      const packages = new Map(set !== undefined && isTinyLocked(set) ? set.packages : [])
      for (const spec of [...names, 'base'].flatMap((name) => withRequired(name, catalogue)))
        if (!packages.has(spec.name)) packages.set(spec.name, itemOf(spec))
      return { key: lockKey, entry: { kind: tinySetKind, set: { packages } } }
    },
    shop,
  )
  resolvedSets(shop).set(`tiny ${directory}`, {
    ...{ file, lockKey, names, entry: grown.entry, before: grown.before },
    pruned: ({ packages }: TinyLocked, asked) => ({
      packages: new Map([...packages].filter(([name]) => asked.has(name) || name === 'base')),
    }),
    files: () => [],
  })
}

function itemOf(spec: TinySpec): LockedItem {
  const { size, hash } = measured(spec)
  return { version: spec.version, size, hash }
}

function withRequired(name: string, catalogue: Catalogue): readonly TinySpec[] {
  const spec = catalogue[name]
  return spec === undefined ? [] : [spec, ...(spec.requires ?? []).flatMap((other) => withRequired(other, catalogue))]
}

function catalogueOf(directory: string, shop: Workshop): Catalogue {
  const catalogue: Catalogue = JSON.parse(
    Buffer.from(shop.project.read(catalogueFile(directory)) ?? []).toString('utf8'),
  )
  return catalogue
}

function recipeOf(name: string, catalogue: Catalogue, locked: TinyLocked): TinyRecipe {
  const [spec, item] = [catalogue[name], locked.packages.get(name)]
  if (spec === undefined || item === undefined) throw new Error(`no tiny package ${name}`)
  const path = tinyPath(name, item.hash)
  const base = name === 'base' || catalogue.base === undefined ? undefined : recipeOf('base', catalogue, locked)
  return {
    ...{ path, name, as: asTiny, inputs: [], origin: tinyEcosystem, tiny: { spec, base } },
    requires: (spec.requires ?? []).map((other) => recipeOf(other, catalogue, locked)),
    realise: async ({ store }) => {
      const info = await store.addFile(path, archiveOf(spec), { fixed: item.hash, size: item.size, candidates: [] })
      await store.unpack(path, tinyNormaliser)
      return info
    },
  }
}

function isTinyLocked(set: object): set is TinyLocked {
  return 'packages' in set
}
