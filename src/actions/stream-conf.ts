/**
 * Streams the image that a conf.json in the store describes, for stream scripts.
 *
 * The store may belong to another user, so it need not be writable. Few modules are loaded, since startup takes longer than a small image.
 */

import { planOf } from '../assembly/conf.ts'
import { readConf } from '../assembly/read-conf.ts'
import { fail } from '../base/error.ts'
import { type Watch, watchOf } from '../base/event.ts'
import { formatTime } from '../base/time.ts'
import type { PlanStore } from '../layer/plan.ts'
import { openStoreToRead } from '../store/disk-reader.ts'
import { parseStorePath, type StorePath } from '../store/store-path.ts'
import { writeDockerArchive } from '../transport/archive.ts'
import { secondsNow } from './clock.ts'
import { namingFailures } from './failures.ts'
import type { ActionOptions } from './workshop.ts'

/** Options of `stream`. */
export interface StreamOptions extends ActionOptions {
  /** Open file descriptor to write to. Default: 1, standard output. */
  readonly output?: number
  /** Name and tag to use instead of the image's own, `name:tag`. */
  readonly repoTag?: string
  /** Called before the first byte is written. From then on, a slow reader of the pipe may block this thread. */
  readonly sending?: () => void
}

/** Result of `stream`. */
export interface StreamResult {
  /** Name of the image, without tag. */
  readonly imageName?: string
  /** Tag of the image. */
  readonly imageTag?: string
  /** ID of the image: the digest of its config. */
  readonly id: string
  /** Size of the archive, in bytes. */
  readonly sent: number
  /** Limitations found in packages, one line each; absent if there are none. */
  readonly notes?: readonly string[]
}

/** Source and destination of an image. */
export interface Sending {
  readonly store: PlanStore
  readonly watch: Watch
  readonly output: number
}

/** Streams the image that a conf.json in the store describes. @throws BuildError stream.not-an-image, store.absent */
export async function streamConf(
  confFile: string,
  options: StreamOptions & { readonly repoTag: string },
): Promise<StreamResult> {
  const objects = '/nix/store/'
  const end = confFile.lastIndexOf(objects)
  const path = end < 0 ? undefined : parseStorePath(confFile.slice(end + objects.length))
  if (path === undefined) return notAnImage(confFile)
  const watch = watchOf(options)
  const root = confFile.slice(0, end) || '/'
  return namingFailures(root, async () => {
    await using store = await openStoreToRead(root, watch)
    return await sendConf(path, options.repoTag, { store, watch, output: options.output ?? 1 })
  })
}

/** Streams the image of a conf.json with a name. */
export async function sendConf(conf: StorePath, reference: string, sending: Sending): Promise<StreamResult> {
  const { store } = sending
  const plan = planOf(readConf(store, conf), store, { names: [reference], now: formatTime(secondsNow()) })
  return await writeDockerArchive(plan, sending)
}

/** Refuses a package that cannot be streamed. @throws BuildError stream.not-an-image */
export function notAnImage(name: string): never {
  return fail('stream.not-an-image', `${name} is not a layered or a pulled image, so it cannot be streamed.`, {
    remedy:
      'Stream the result of buildLayeredImage, streamLayeredImage or pullImage; build anything else with `slipway build`.',
  })
}
