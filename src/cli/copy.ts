/** `slipway copy`: an image from one place to another, in any form, without building. */
import { buildCommand, type Command } from '@stricli/core'
import { compressorFlag } from '../actions/compressor.ts'
import type { CopyOptions } from '../actions/copy.ts'
import { actionOptions, type CommonFlags, type Context, commonFlags, jsonFlag } from './context.ts'
import { maxUnpackedFlag } from './images.ts'

interface Flags extends CommonFlags {
  readonly all?: boolean
  readonly platform?: string
  readonly compressor?: NonNullable<CopyOptions['compressor']>
  readonly maxUnpackedBytes?: number
  readonly json?: boolean
}

async function run(this: Context, { json, ...flags }: Flags, from: string, to: string): Promise<void> {
  const { copy } = await import('../actions/copy.ts')
  const copied = await copy(from, to, { ...flags, ...actionOptions(this, flags) })
  this.print(json ? JSON.stringify(copied) : `${copied.reference}@${copied.digest}`)
}

const place = (brief: string) => ({ brief, parse: String, placeholder: 'PLACE' })

/** The command. */
export const copyRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Copy an image from one place to another',
    fullDescription:
      'Copies an image between docker-archive:FILE, oci:FOLDER and oci-archive:FILE, without building. Manifests and layers stay as they are wherever both places have manifests.',
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [place('Where the image is'), place('Where it goes')] },
    flags: {
      all: {
        kind: 'boolean',
        brief: 'Copy all platforms and all images, not only one',
        optional: true,
        withNegated: false,
      },
      platform: {
        kind: 'parsed',
        parse: String,
        brief: "The platform to take, such as linux/arm64; default: this machine's",
        placeholder: 'OS/ARCH',
        optional: true,
      },
      compressor: {
        kind: 'parsed',
        parse: compressorFlag,
        brief: 'Compressor for what is written anew: none, gz or zstd, with a level such as gz:9',
        placeholder: 'NAME[:LEVEL]',
        optional: true,
      },
      maxUnpackedBytes: maxUnpackedFlag,
      json: jsonFlag,
      ...commonFlags,
    },
  },
  func: run,
})
