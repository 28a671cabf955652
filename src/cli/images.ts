/** What the commands share that take images: where they are or what describes them. */
import { numberParser } from '@stricli/core'
import { actionOptions, type CommonFlags, type Context } from './context.ts'

/** The positional `IMAGE|FILE[#NAME]`. */
export const imageParameter = {
  brief: 'Where an image is, or what describes it',
  parse: (text: string): string => text,
  placeholder: 'IMAGE|FILE[#NAME]',
} as const

/** Flags of these commands. */
export interface ImageFlags extends CommonFlags {
  readonly frozen?: boolean
  readonly strict?: boolean
  readonly json?: boolean
  readonly maxUnpackedBytes?: number
}

/** `--max-unpacked-bytes`, for archives that are packed very well. */
export const maxUnpackedFlag = {
  kind: 'parsed',
  parse: (text: string): number => numberParser(text),
  brief: 'Bytes that a packed image may unpack to; default 1 GiB, or 100 times its size where that is more',
  placeholder: 'BYTES',
  optional: true,
} as const

/** What actions that read images take, from the flags, the context and the words. */
export function imageOptions(
  context: Context,
  flags: ImageFlags,
  { beside }: Pick<Targets, 'beside'>,
): ReturnType<typeof actionOptions> & Pick<Targets, 'beside'> & Pick<ImageFlags, 'maxUnpackedBytes'> {
  const { maxUnpackedBytes } = flags
  return { ...actionOptions(context, flags), beside, ...(maxUnpackedBytes === undefined ? {} : { maxUnpackedBytes }) }
}

type Targets = Awaited<ReturnType<typeof import('../load/image-target.ts').imageTargets>>

/** What these words mean, in order, and the other exports of the files among them. @throws BuildError load.* */
export async function imageTargets(words: readonly string[]): Promise<Targets> {
  return (await import('../load/image-target.ts')).imageTargets(words)
}
