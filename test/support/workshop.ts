/** A Workshop over a store in a temporary directory, without network, clock or project. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setKinds } from '../../src/actions/makers.ts'
import { unwatched } from '../../src/base/event.ts'
import { instantiate } from '../../src/source/instantiate.ts'
import type { Machine, Package, Recipe, Workshop } from '../../src/source/package.ts'
import { definitionOf } from '../../src/source/placeholder.ts'
import { realise } from '../../src/source/realise.ts'
import { openStore } from '../../src/store/disk-store.ts'
import { removeTree } from '../../src/store/remove.ts'
import { checkImage } from './image-check.ts'
import { testMakers } from './tree-packages.ts'

/** A temporary directory. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-test-'))
  try {
    return await work(folder)
  } finally {
    removeTree(folder)
  }
}

/** Runs with an empty store; access to the network fails. */
export async function inTestWorkshop<T>(
  work: (shop: Workshop) => Promise<T>,
  change: Partial<Workshop> = {},
): Promise<T> {
  return inFolder(async (folder) => {
    await using store = await openStore(folder)
    return await work({ ...testShop, store, ...change })
  })
}

/** Builds a package and returns its recipe; checks an image. */
export async function built(made: Package, shop: Workshop): Promise<Recipe> {
  const recipe = (await instantiate([made], shop)).of(made)
  await realise([recipe], shop)
  const { maker } = definitionOf(made)
  if (imageMakers.includes(maker)) await checkImage(shop.store.physical(recipe.path))
  return recipe
}

const imageMakers = ['docker-archive-1', 'docker-image-1', 'merged-archive-1', 'oci-index-1']

const offline = () => Promise.reject(new Error('this test has no network'))

/** A machine without any settings. */
export const nowhere: Machine = { environment: {}, textOf: () => '', filesIn: () => [], run: async () => undefined }

const testShop: Omit<Workshop, 'store'> = {
  ...unwatched,
  makers: testMakers,
  setKinds,
  now: new Date(1_700_000_000_000),
  architecture: 'amd64',
  lock: { frozen: false, update: false },
  commands: { rebuild: false },
  download: offline,
  fetch: () => {
    throw new Error('this test has no network')
  },
  get: offline,
  project: { read: () => undefined, write: async () => {} },
  machine: nowhere,
  registries: offline,
}
