/** `slipway merge`: writes several images into one archive or layout; with one image, converts it. */
import { buildCommand, type Command } from '@stricli/core'
import type { MergeOptions } from '../actions/merge.ts'
import { printableJson } from '../base/printable.ts'
import type { Context } from './context.ts'
import { compressorFlag } from './flags.ts'
import { type ImageFlags, imageFlags, imageOptions, imageParameter, imageTargets } from './images.ts'
import { goesToStandardOutput } from './standard-output.ts'

interface Flags extends ImageFlags {
  readonly out: string
  readonly compressor?: NonNullable<MergeOptions['compressor']>
}

async function run(this: Context, flags: Flags, ...words: string[]): Promise<void> {
  const isPrinted = goesToStandardOutput(flags.out)
  const { targets, beside } = await imageTargets(words)
  const { merge } = await import('../actions/merge.ts')
  const { out, compressor } = flags
  const options = { ...imageOptions(this, flags, { beside }), ...(compressor === undefined ? {} : { compressor }) }
  const written = await merge(targets, { ...options, out })
  if (!isPrinted) this.print(flags.json ? printableJson(written) : written.reference)
}

/** The command. */
export const mergeRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Put several images into one archive, or convert one',
    fullDescription:
      'Writes images, those in files or directories and those that FILE exports as NAME, into one archive or layout: docker-archive:FILE, oci:DIRECTORY or oci-archive:FILE, or a path, which is written as a docker-archive. Each layer is written once; where two images have one name, the later keeps it.',
  },
  parameters: {
    positional: { kind: 'array', parameter: imageParameter, minimum: 1 },
    flags: {
      out: { kind: 'parsed', parse: String, brief: 'Place to write to; - is standard output', placeholder: 'PLACE' },
      compressor: compressorFlag('none'),
      ...imageFlags,
    },
    aliases: { o: 'out' },
  },
  func: run,
})
