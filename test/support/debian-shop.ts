/** A Workshop with a fake archive: real store, real client, real lock file in its own directory. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makers, setKinds } from '../../src/actions/makers.ts'
import { downloadTo } from '../../src/actions/network.ts'
import { readProjectFile, writeProjectFile } from '../../src/actions/project.ts'
import { unwatched } from '../../src/base/event.ts'
import type { Resolution } from '../../src/debian/lock/resolution.ts'
import { checkDebianOptions, type DebianOptions, type DebianSet } from '../../src/debian/options.ts'
import { debianPackageMaker, resolutionOf } from '../../src/debian/package-maker.ts'
import { debianDefinition } from '../../src/debian/set.ts'
import { fetchBlob } from '../../src/net/blob.ts'
import { get } from '../../src/net/document.ts'
import type { Network } from '../../src/net/network.ts'
import type { Workshop } from '../../src/source/package.ts'
import { openStore } from '../../src/store/disk-store.ts'
import { type FakeArchive, publishedAt, serveArchive } from './debian-archive.ts'
import { inFolder, nowhere } from './workshop.ts'

/** Context of a test of the Debian set. */
export interface DebianTest {
  readonly archive: FakeArchive
  /** Home of the set: the lock is `<home>/slipway.lock`. */
  readonly home: string
  readonly lockFile: string
  /** Resolves names like one build; each call is a new build in the same store. */
  resolve(names: readonly string[], how?: Building): Promise<Resolution>
  /** A build's Workshop. */
  shop(change?: Partial<Workshop>): Workshop
  set(options?: Partial<DebianOptions>): DebianSet
}

/** One build. */
export interface Building {
  readonly options?: Partial<DebianOptions>
  readonly change?: Partial<Workshop>
  /** Inspects the build's Workshop afterwards. */
  readonly shop?: Workshop
}

const network: Network = { pauses: [0, 0] }

/** Runs with an archive, an empty store and an empty home. */
export async function withDebian(work: (test: DebianTest) => Promise<void>): Promise<void> {
  await using archive = await serveArchive()
  await inFolder(async (folder) => {
    await using store = await openStore(join(folder, 'store'))
    const home = join(folder, 'home')
    mkdirSync(home)
    writeFileSync(join(home, 'archive.asc'), archive.keyring)
    const shop = (change: Partial<Workshop> = {}): Workshop => ({
      ...unwatched,
      makers,
      setKinds,
      store,
      now: new Date(publishedAt.getTime() + 60_000),
      architecture: 'amd64',
      lock: { frozen: false, update: false },
      commands: { rebuild: false },
      download: (urls, expected) => downloadTo(store, { urls, expected }, { ...unwatched, network }),
      fetch: (url, expected) => fetchBlob([url], { ...unwatched, network, ...expected }),
      get: (url, limit) => get(url, { limit, network, signal: unwatched.signal }),
      project: { read: readProjectFile, write: writeProjectFile },
      machine: nowhere,
      registries: () => Promise.reject(new Error('this test has no registry')),
      ...change,
    })
    const set = (options: Partial<DebianOptions> = {}) =>
      checkDebianOptions({ suite: 'bookworm', mirrors: archive.mirrors, keyring: 'archive.asc', ...options }, home)
    const resolve: DebianTest['resolve'] = async (names, { options, change, shop: given } = {}) => {
      const build = given ?? shop(change)
      const checked = set(options)
      const definitions = names.map((name) => debianDefinition(checked, name))
      await debianPackageMaker.resolve?.(definitions, build)
      return resolutionOf(checked, build)
    }
    await work({ archive, home, lockFile: join(home, 'slipway.lock'), resolve, shop, set })
  })
}
