/** Arguments and flags of the commands that take images. */
import { numberParser } from '@stricli/core'
import type { ExportTarget, ImageTarget, ImageTargets } from '../load/image-target.ts'
import { actionOptions, type BuildingFlags, buildingFlags, type Context, jsonFlag } from './context.ts'

/** Positional argument `IMAGE|FILE[#NAME]`. */
export const imageParameter = {
  brief: 'Place of an image, or FILE#NAME that describes one',
  parse: (text: string): string => text,
  placeholder: 'IMAGE|FILE[#NAME]',
} as const

/** `--max-unpacked-bytes`. */
export const maxUnpackedFlag = {
  kind: 'parsed',
  parse: (text: string): number => numberParser(text),
  brief: 'Limit on what a compressed image may expand to; default: the larger of 1 GiB and 100 times its size',
  placeholder: 'BYTES',
  optional: true,
} as const

/** Values of the flags of commands that read images. */
export interface ImageFlags extends BuildingFlags {
  readonly json?: boolean
  readonly maxUnpackedBytes?: number
}

/** The flags of commands that read images. */
export const imageFlags: typeof buildingFlags &
  Readonly<Record<'maxUnpackedBytes', typeof maxUnpackedFlag> & Record<'json', typeof jsonFlag>> = {
  maxUnpackedBytes: maxUnpackedFlag,
  json: jsonFlag,
  ...buildingFlags,
}

/** Returns the options of an action that reads images. */
export function imageOptions(
  context: Context,
  flags: ImageFlags,
  { beside }: Pick<ImageTargets, 'beside'>,
): ReturnType<typeof actionOptions> & Pick<ImageTargets, 'beside'> & Pick<ImageFlags, 'maxUnpackedBytes'> {
  const { maxUnpackedBytes } = flags
  return { ...actionOptions(context, flags), beside, ...(maxUnpackedBytes === undefined ? {} : { maxUnpackedBytes }) }
}

/** Resolves FILE#NAME. @throws BuildError load.* */
export async function exportTarget(word: string): Promise<ExportTarget> {
  return (await import('../load/image-target.ts')).exportTarget(word)
}

/** Resolves a place or FILE#NAME. @throws BuildError load.* */
export async function imageTarget(word: string): Promise<ImageTarget> {
  return (await import('../load/image-target.ts')).imageTarget(word)
}

/** Resolves places and FILE#NAMEs, in order. @throws BuildError load.* */
export async function imageTargets(words: readonly string[]): Promise<ImageTargets> {
  return (await import('../load/image-target.ts')).imageTargets(words)
}
