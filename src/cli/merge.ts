/** `slipway merge`: several images into one archive or layout; of one image, from one form into another. */
import { buildCommand, type Command } from '@stricli/core'
import { compressorFlag } from '../actions/compressor.ts'
import type { MergeOptions } from '../actions/merge.ts'
import { printableJson } from '../base/printable.ts'
import { type Context, commonFlags, frozenFlag, jsonFlag, strictFlag } from './context.ts'
import { type ImageFlags, imageOptions, imageParameter, imageTargets, maxUnpackedFlag } from './images.ts'
import { goesToStandardOutput } from './standard-output.ts'

interface Flags extends ImageFlags {
  readonly out: string
  readonly compressor: NonNullable<MergeOptions['compressor']>
}

async function run(this: Context, flags: Flags, ...images: string[]): Promise<void> {
  const isPrinted = goesToStandardOutput(flags.out)
  const { targets, beside } = await imageTargets(images)
  const { merge } = await import('../actions/merge.ts')
  const { out, compressor } = flags
  const written = await merge(targets, { ...imageOptions(this, flags, { beside }), out, compressor })
  if (!isPrinted) this.print(flags.json ? printableJson(written) : written.reference)
}

/** The command. */
export const mergeRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Put several images into one archive, or convert one',
    fullDescription:
      'Writes images, those in files or folders and those that FILE exports as NAME, into one archive or layout: docker-archive:FILE, oci:FOLDER, oci-archive:FILE, or just a path for a docker-archive. Layers are there once; of two images with one name the later has it.',
  },
  parameters: {
    positional: { kind: 'array', parameter: imageParameter, minimum: 1 },
    flags: {
      out: { kind: 'parsed', parse: String, brief: 'Where to; - is standard output', placeholder: 'PLACE' },
      compressor: {
        kind: 'parsed',
        parse: compressorFlag,
        brief: 'Compressor: none, gz or zstd, with a level such as gz:9',
        placeholder: 'COMPRESSOR',
        default: 'none',
      },
      maxUnpackedBytes: maxUnpackedFlag,
      frozen: frozenFlag,
      strict: strictFlag,
      json: jsonFlag,
      ...commonFlags,
    },
    aliases: { o: 'out' },
  },
  func: run,
})
