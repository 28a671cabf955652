/** `--watch`: the work of a command, again after each change. */
import { machineFailure } from '../base/machine-failure.ts'
import type { ImageTargets } from '../load/image-target.ts'
import type { Context } from './context.ts'
import { type SwitchFlag, switchFlag } from './flags.ts'
import { imageTargets } from './images.ts'
import { formatError } from './print.ts'
import { errorStream } from './session.ts'

/** `--watch`. */
export const watchFlag: SwitchFlag = switchFlag(
  'Do it again after each change of the files that the image is made from',
)

/** What is worked with. */
export interface Watched {
  readonly words: readonly string[]
  readonly watch: boolean | undefined
  /** Begins what can be done while the words' files are loaded, in each round. The signal ends it. Default: nothing. */
  readonly began?: (signal: AbortSignal) => void
}

/** Works with what the words describe: once, or again after each change until the command is interrupted. */
export async function perhapsWatched(
  context: Context,
  watched: Watched,
  work: (targets: ImageTargets, context: Context) => Promise<void>,
): Promise<void> {
  const { words, began = () => {} } = watched
  if (watched.watch !== true) return once(context, watched, work)
  const { watch } = await import('../actions/watch.ts')
  await watch(words, ({ signal, ...targets }) => work(targets, { ...context, signal }), {
    signal: context.signal,
    began,
    failed: (thrown) => void errorStream().write(`${formatError(machineFailure(thrown), false)}\n`),
    waiting: () => void errorStream().write('waiting for changes\n'),
  })
}

async function once(
  context: Context,
  { words, began = () => {} }: Watched,
  work: (targets: ImageTargets, context: Context) => Promise<void>,
): Promise<void> {
  const ended = new AbortController()
  began(AbortSignal.any([context.signal, ended.signal]))
  try {
    await work(await imageTargets(words), context)
  } finally {
    ended.abort()
  }
}
