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

/** Works with what the words describe: once, or again after each change until the command is interrupted. */
export async function perhapsWatched(
  context: Context,
  { words, watch: isWatched }: { readonly words: readonly string[]; readonly watch: boolean | undefined },
  work: (targets: ImageTargets, context: Context) => Promise<void>,
): Promise<void> {
  if (isWatched !== true) return work(await imageTargets(words), context)
  const { watch } = await import('../actions/watch.ts')
  await watch(words, ({ signal, ...targets }) => work(targets, { ...context, signal }), {
    signal: context.signal,
    failed: (thrown) => void errorStream().write(`${formatError(machineFailure(thrown), false)}\n`),
    waiting: () => void errorStream().write('waiting for changes\n'),
  })
}
