/** `serve`: a registry that answers pulls from recipes. Manifests are made first; layers are made when a client requests them. */

import { checkString, checkStrings } from '../base/check.ts'
import type { Digest } from '../base/digest.ts'
import { fail, messageOf } from '../base/error.ts'
import { checkTag } from '../engine/names.ts'
import type { CompressorInput } from '../format/compression/compressors.ts'
import { parseReference } from '../format/reference.ts'
import type { ImagePlan } from '../image/image.ts'
import type { Descriptor } from '../layer/layer.ts'
import { newRepository, type Repository, repositoryTarget } from '../serve/contents.ts'
import type { Listening, ListenOptions } from '../serve/listen.ts'
import type { Package, Workshop } from '../source/package.ts'
import { readRegularFile } from '../store/regular-file.ts'
import type { PackOptions } from '../transport/blob.ts'
import { putIndexed } from '../transport/layout.ts'
import { manifestDescriptor, putImage } from '../transport/packed-image.ts'
import {
  checkCall,
  checkCredentials,
  checkFunction,
  checkTargets,
  givenOptions,
  type OptionChecks,
  optional,
  readingChecks,
} from './call.ts'
import { checkCompressor } from './compressor.ts'
import { bound, placesAmong } from './credentials.ts'
import { describedImages } from './described-images.ts'
import { plansOfTarget, type ReadingOptions } from './given-images.ts'
import { inWorkshop } from './workshop.ts'

/** Options of `serve`. */
export interface ServeOptions extends ReadingOptions {
  /** Host and port to listen on; port 0 means any free port. Default: "127.0.0.1:0". */
  readonly listen?: string
  /** PEM files of a certificate and its key, required for any address except loopback. Default: none. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Login required of clients; must be set for any address except loopback. Default: none. */
  readonly credentials?: { readonly user: string; readonly password: string }
  /**
   * Names of the image. Default: its own name and tag.
   *
   * @example ['redis:7', 'redis:latest']
   */
  readonly names?: readonly string[]
  /** Compression of the layers. Default: "none". */
  readonly compressor?: CompressorInput
  /** Called with the error when a response fails. Default: none. */
  readonly failed?: (thrown: unknown) => void
}

const optionChecks: OptionChecks<ServeOptions> = {
  ...readingChecks,
  listen: optional(checkString),
  tls: optional(givenOptions({ cert: checkString, key: checkString })),
  credentials: optional(checkCredentials),
  names: optional(checkStrings),
  compressor: optional(checkCompressor),
  failed: optional(checkFunction),
}

/** An image that is served. */
export interface ServedImage {
  /** Name to pull it by, with the registry's address. */
  readonly name: string
  /** Digest of its manifest or index. */
  readonly digest: Digest
}

/** A registry that runs until it is closed. */
export interface ServeResult {
  /** Host and port, the first part of the images' names. */
  readonly host: string
  /** Images in the order in which they were given. */
  images(): readonly ServedImage[]
  /** Builds and serves other images instead of these; pulls in progress are completed. @throws BuildError every code of a build */
  replace(targets: string | Package | readonly (string | Package)[], options?: ReadingOptions): Promise<void>
  /** Stops it, at once. */
  close(): Promise<void>
}

/**
 * Serves images to docker, podman and containerd as a registry on this machine.
 *
 * @example
 * import { debian, serve } from 'slipway'
 *
 * const { pkgs, dockerTools } = debian({ suite: 'trixie' })
 * const image = dockerTools.buildLayeredImage({ name: 'hello', contents: [pkgs('hello')], config: { Cmd: ['hello'] } })
 * const registry = await serve(image, { names: ['hello:latest'] })
 * console.log(registry.images()[0]?.name)
 * await registry.close()
 * @param targets - description of an image or of an index, or a place whose images are served; or an array of these.
 * @throws BuildError argument.invalid - an address that other machines can reach, without certificate and login; serve.address, and every code of a build
 */
export async function serve(
  targets: string | Package | readonly (string | Package)[],
  options: ServeOptions = {},
): Promise<ServeResult> {
  checkCall('serve', { targets, options }, { targets: checkTargets, options: givenOptions(optionChecks) })
  for (const name of options.names ?? []) checkTag(name)
  let current: Generation | undefined
  let previous: Generation | undefined
  const { listen } = await import('../serve/listen.ts')
  const listening = await listen({
    ...listenOptions(options),
    repositories: () => current?.repositories ?? new Map<string, Repository>(),
  })
  const replace: ServeResult['replace'] = async (given, more = {}) => {
    const next = await newGeneration([given].flat(), { ...options, ...more })
    await previous?.close()
    previous = current
    current = next
  }
  const close = async (): Promise<void> => {
    await listening[Symbol.asyncDispose]()
    await previous?.close()
    await current?.close()
  }
  try {
    await replace(targets)
  } catch (thrown) {
    await close()
    throw thrown
  }
  const images = (): readonly ServedImage[] => served(current, listening)
  return { host: listening.host, images, replace, close }
}

function served(generation: Generation | undefined, { host }: Listening): readonly ServedImage[] {
  return (generation?.images ?? []).map(({ name, digest }) => ({ name: `${host}/${name}`, digest }))
}

function listenOptions({
  listen: address = '127.0.0.1:0',
  tls,
  credentials,
  failed = () => {},
}: ServeOptions): Omit<ListenOptions, 'repositories'> {
  return {
    address,
    failed,
    ...(tls === undefined ? {} : { tls: { cert: pem(tls.cert), key: pem(tls.key) } }),
    ...(credentials === undefined ? {} : { credentials }),
  }
}

function pem(file: string): Uint8Array {
  try {
    return readRegularFile(file)
  } catch (cause) {
    return fail('disk.unreadable', `${file} cannot be read: ${messageOf(cause)}.`, {
      remedy: 'Give a file in PEM that you may read.',
      cause,
    })
  }
}

/** Set of images served at one time. Keeps the store open until it is closed. */
interface Generation {
  readonly repositories: ReadonlyMap<string, Repository>
  readonly images: readonly ServedImage[]
  close(): Promise<void>
}

async function newGeneration(targets: readonly (string | Package)[], options: ServeOptions): Promise<Generation> {
  const ready = Promise.withResolvers<Omit<Generation, 'close'>>()
  const closing = Promise.withResolvers<void>()
  let isReady = false
  const report: ServeOptions['report'] = (event) => (isReady ? undefined : options.report?.(event))
  const open = inWorkshop(bound({ ...options, report }, placesAmong(targets)), async (shop) => {
    ready.resolve(await contentsOf(targets, { shop, options }))
    await closing.promise
  })
  open.catch(ready.reject)
  const made = await ready.promise
  isReady = true
  return {
    ...made,
    close: async () => {
      closing.resolve()
      await open
    },
  }
}

interface Serving {
  readonly shop: Workshop
  readonly options: ServeOptions
}

async function contentsOf(
  targets: readonly (string | Package)[],
  serving: Serving,
): Promise<Omit<Generation, 'close'>> {
  const repositories = new Map<string, Repository>()
  const images: ServedImage[] = []
  for (const target of targets)
    for (const { names, put } of await writersOf(target, serving))
      for (const name of namesFor(names, targets, serving)) {
        const { path, tag = 'latest' } = parseReference(name) ?? { path: name }
        const repository = repositories.get(path) ?? newRepository()
        repositories.set(path, repository)
        const descriptor = await put(repository)
        repository.tags.set(tag, descriptor.digest)
        images.push({ name: `${path}:${tag}`, digest: descriptor.digest })
      }
  return { repositories, images }
}

/** Adds an image or an index to a repository. */
interface Writer {
  readonly names: readonly string[]
  put(repository: Repository): Promise<Descriptor>
}

async function writersOf(target: string | Package, { shop, options }: Serving): Promise<readonly Writer[]> {
  const packing: PackOptions = {
    store: shop.store,
    watch: shop,
    compressor: checkCompressor(options.compressor ?? 'none'),
  }
  const one = (plan: ImagePlan): Writer => ({
    names: plan.names,
    put: async (repository) => manifestDescriptor(await putImage(plan, repositoryTarget(repository), packing)),
  })
  if (typeof target === 'string') return (await plansOfTarget(target, options, shop)).map(one)
  const { plans, index } = await describedImages(target, shop, options)
  if (index === undefined) return plans.map(one)
  const { annotations, reference } = index
  const put = async (repository: Repository): Promise<Descriptor> =>
    (await putIndexed(plans, repositoryTarget(repository), { ...packing, annotations })).index
  return [{ names: [reference], put }]
}

function namesFor(
  own: readonly string[],
  targets: readonly (string | Package)[],
  { options: { names = [] } }: Serving,
): readonly string[] {
  if (names.length > 0 && targets.length > 1)
    fail('argument.invalid', `${names.join(', ')} cannot name several images.`, {
      remedy: 'Serve them by their own names.',
    })
  const found = names.length > 0 ? names.map(checkTag) : own
  if (found.length > 0) return found
  return fail('argument.invalid', 'The image has no name to be served under.', {
    remedy: 'Give one with --tag (`names`), such as redis:7.',
  })
}
