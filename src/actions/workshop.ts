/**
 * Opens the Workshop: the one place that reads the clock and the environment, and opens the store.
 *
 * Functions and the command both start here; the rooms below receive everything as values.
 */

import { homedir } from 'node:os'
import { join } from 'node:path'
import { BuildError } from '../base/error.ts'
import { type BuildEvent, reported, type Watch, watchOf } from '../base/event.ts'
import { machineArchitecture } from '../base/machine-architecture.ts'
import { absolutePath, checkUtf8 } from '../base/real-path.ts'
import type { Access, Network } from '../net/network.ts'
import { shownUrl } from '../net/redact.ts'
import type { Registries } from '../registry/client.ts'
import { sweep } from '../sandbox/sweep.ts'
import type { Download, Package, Workshop } from '../source/package.ts'
import { openStore } from '../store/disk-store.ts'
import { layoutOf } from '../store/layout.ts'
import { secondsNow } from './clock.ts'
import { boundSettings } from './credentials.ts'
import { namingFailures } from './failures.ts'
import type { ChangesOptions } from './image-changes.ts'
import { thisMachine } from './machine.ts'
import { makers, networkOf, setKinds } from './makers.ts'
import { downloadTo } from './network.ts'
import { readProjectFile, writeProjectFile } from './project.ts'
import type { BoundSettings, LoginPlaces, RegistrySettings } from './registries.ts'

/** Options of every function. */
export interface ActionOptions {
  /** Root directory of the store. Default: `$SLIPWAY_STORE`, else `$XDG_DATA_HOME/slipway`, else `~/.local/share/slipway`. */
  readonly store?: string
  /** Whether a change to `slipway.lock` is an error. Default: false. */
  readonly frozen?: boolean
  /** Sandbox of shell commands: "namespace", "fakeroot", or "auto", the first of these that works. Default: the package set's, else "auto". */
  readonly sandbox?: 'auto' | 'namespace' | 'fakeroot'
  /** Whether to run shell commands twice and compare the results (command.differs). Default: false. */
  readonly rebuild?: boolean
  /** Packages to resolve in the lock together with the target: a file's other exports, optionally by name. Default: none. */
  readonly beside?: readonly Package[] | ReadonlyMap<string, Package>
  /** Settings of the access to registries. Default: those of docker and podman on this machine. */
  readonly registry?: RegistrySettings
  /** Whether notes are an error (image.notes): limitations found in packages, and what the image lacks. Default: false. */
  readonly strict?: boolean
  /** Called with the notes, one line each, if there are any. Default: none. */
  readonly noted?: (notes: readonly string[]) => void
  /** Request for the changes to an image since its last build. Default: none. */
  readonly changes?: ChangesOptions
  /** Signal that stops the work; nothing incomplete remains. Default: none. */
  readonly signal?: AbortSignal
  /** Called with progress events. Default: none. */
  readonly report?: (event: BuildEvent) => void
}

/** Returns the root directory of the store. */
export function storeRoot(given: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  const named = given ?? environment.SLIPWAY_STORE
  if (named !== undefined && named !== '') return absolutePath(checkUtf8(named, 'The path of the store'))
  const data = environment.XDG_DATA_HOME
  return join(data !== undefined && data !== '' ? data : join(homedir(), '.local', 'share'), 'slipway')
}

/** Options for opening a Workshop. */
type Opening = ActionOptions & { readonly update?: boolean }

type Bound<T extends ActionOptions> = Omit<T, 'registry'> & { readonly registry: BoundSettings }

/** Opens the store, runs `work`, and closes the store again. @throws BuildError store.*, machine.* */
export async function inWorkshop<T>(options: Opening, work: (shop: Workshop) => Promise<T>): Promise<T> {
  const root = storeRoot(options.store)
  const settings = { ...options, registry: boundSettings(options.registry) }
  return interruptible(options.signal, () => namingFailures(root, () => opened(root, settings, work)))
}

/** @throws BuildError interrupted - instead of any failure after the signal is aborted */
async function interruptible<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    signal?.throwIfAborted()
    return await work()
  } catch (thrown) {
    if (signal?.aborted !== true || thrown instanceof BuildError) throw thrown
    throw new BuildError('interrupted', 'Interrupted.', {}, thrown)
  }
}

async function opened<T>(root: string, options: Bound<Opening>, work: (shop: Workshop) => Promise<T>): Promise<T> {
  const watch = watchOf(options)
  await using store = await openStore(root, watch)
  await sweep(layoutOf(store.root).sandbox)
  const machine = thisMachine(process.env)
  // Read once, at the first fetch: all requests with the same settings share connections.
  let asked: Promise<Network> | undefined
  const network = () => (asked ??= networkOf(machine))
  const opened = new Map<'verified' | 'unverified', Promise<Registries>>()
  const shop: Workshop = Object.freeze({
    ...watch,
    makers,
    setKinds,
    store,
    now: new Date(1000 * secondsNow()),
    architecture: machineArchitecture(),
    commands: {
      ...(options.sandbox === undefined ? {} : { sandbox: options.sandbox }),
      rebuild: options.rebuild ?? false,
    },
    lock: { frozen: options.frozen ?? false, update: options.update ?? false },
    download: async (urls: readonly URL[], expected: Download) =>
      downloadTo(store, { urls, expected }, { ...watch, network: expected.access?.network ?? (await network()) }),
    fetch: async function* (url: URL, { access, ...expected }: Parameters<Workshop['fetch']>[1]) {
      const { fetchBlob } = await import('../net/blob.ts')
      yield* fetchBlob([url], { ...expected, ...watch, ...(access ?? { network: await network() }) })
    },
    get: async (url: URL, limit: number, access?: Access) => {
      const { get } = await import('../net/document.ts')
      const options = { limit, signal: watch.signal, ...(access ?? { network: await network() }) }
      return reported({ at: 'resolve', subject: shownUrl(url) }, watch, () => get(url, options))
    },
    registries: (settings: { readonly tlsVerify?: false } = {}) => {
      const key = settings.tlsVerify === false ? 'unverified' : 'verified'
      const known = opened.get(key) ?? registriesFor({ ...options.registry, ...settings }, watch)
      opened.set(key, known)
      return known
    },
    project: { read: readProjectFile, write: writeProjectFile },
    machine,
  })
  return await work(shop)
}

/** Opens registries and runs `work`, for actions that need no store. @throws BuildError interrupted, registry.*, network.* */
export async function withRegistries<T>(
  options: Pick<ActionOptions, 'registry' | 'signal'>,
  work: (registries: Registries) => Promise<T>,
): Promise<T> {
  const settings = boundSettings(options.registry)
  return interruptible(options.signal, async () => work(await registriesFor(settings, watchOf(options))))
}

/** Opens registries. */
async function registriesFor(settings: BoundSettings, { signal }: Pick<Watch, 'signal'>): Promise<Registries> {
  const { registriesOf } = await import('./registries.ts')
  return registriesOf(settings, { environment: process.env, signal })
}

/** Returns the login files and the environment of credential helpers. */
export async function loginFilesFor({ registry = {} }: Pick<ActionOptions, 'registry'>): Promise<LoginPlaces> {
  const { loginFiles } = await import('./registries.ts')
  return loginFiles(registry, process.env)
}
