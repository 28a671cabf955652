/** `stream`: an image goes straight to a descriptor, hashed and sent in one pass; nothing but its own layer is stored. */

import { fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { formatTime } from '../base/time.ts'
import { planOf, readConf } from '../docker-tools/conf.ts'
import type { PlanStore } from '../layer/plan.ts'
import { instantiate } from '../source/instantiate.ts'
import type { Package } from '../source/package.ts'
import { isPackage } from '../source/placeholder.ts'
import { realise } from '../source/realise.ts'
import { parseStorePath, type StorePath } from '../store/store-path.ts'
import { writeDockerArchive } from '../transport/archive.ts'
import { namesOf } from './build.ts'
import { type ActionOptions, inReadableStore, inWorkshop, secondsNow } from './workshop.ts'

/** What `stream` takes besides the image. */
export interface StreamOptions extends ActionOptions {
  /** An open descriptor. Default 1, standard output. */
  readonly output?: number
  /** Replaces the image's own name and tag, `name:tag`. */
  readonly repoTag?: string
}

/** What was sent. `sent` is in bytes. */
export interface Streamed {
  readonly imageName?: string
  readonly imageTag?: string
  /** The image's ID: the digest of its config. */
  readonly id: string
  readonly sent: number
}

/**
 * Streams an image as a docker-archive.
 *
 * @param target - what `buildLayeredImage` or `streamLayeredImage` gave.
 * @throws BuildError stream.not-an-image, and every code of a build
 */
export async function stream(target: Package, options: StreamOptions = {}): Promise<Streamed> {
  const conf = confOf(target)
  return inWorkshop(options, async (shop) => {
    const instantiated = await instantiate([target, conf], shop, options.beside)
    const recipe = instantiated.of(conf)
    await realise([recipe], shop)
    const names = namesOf(target, instantiated)
    const reference = options.repoTag ?? `${names.imageName}:${names.imageTag}`
    return {
      ...names,
      ...(await send(recipe.path, reference, { store: shop.store, watch: shop, output: options.output ?? 1 })),
    }
  })
}

/** Streams what a conf.json in the store says: what stream scripts call. @throws BuildError stream.not-an-image */
export async function streamConf(
  confFile: string,
  options: StreamOptions & { readonly repoTag: string },
): Promise<Streamed> {
  const [root, base] = confFile.split('/nix/store/')
  const path = base === undefined ? undefined : parseStorePath(base)
  if (root === undefined || path === undefined) return notAnImage(confFile)
  return inReadableStore({ ...options, store: root }, (store, watch) =>
    send(path, options.repoTag, { store, watch, output: options.output ?? 1 }),
  )
}

interface Sending {
  readonly store: PlanStore
  readonly watch: Watch
  readonly output: number
}

async function send(conf: StorePath, reference: string, sending: Sending): Promise<Streamed> {
  const { store } = sending
  const plan = planOf(readConf(store, conf), store, { names: [reference], now: formatTime(secondsNow()) })
  return await writeDockerArchive(plan, sending)
}

function confOf(target: Package): Package {
  if ('conf' in target && isPackage(target.conf)) return target.conf
  if ('stream' in target) {
    const { stream } = target
    if (isPackage(stream) && 'conf' in stream && isPackage(stream.conf)) return stream.conf
  }
  return notAnImage(target.name)
}

function notAnImage(name: string): never {
  return fail('stream.not-an-image', `${name} is no layered image, so it cannot be streamed.`, {
    remedy: 'Stream what buildLayeredImage or streamLayeredImage gave; build anything else with `slipway build`.',
  })
}
