/** `slipway copy`: an image from one place to another, in any form, without building. */
import { buildCommand, type Command } from '@stricli/core'
import { compressorFlag } from '../actions/compressor.ts'
import type { CopyOptions } from '../actions/copy.ts'
import { printableJson } from '../base/printable.ts'
import { actionOptions, type CommonFlags, type Context, commonFlags, jsonFlag } from './context.ts'
import { maxUnpackedFlag } from './images.ts'
import { type RegistryFlags, registryFlags, registrySettings } from './registry.ts'
import { goesToStandardOutput } from './standard-output.ts'

/** Flags of the commands that copy. */
export interface CopyFlags extends RegistryFlags {
  readonly all?: boolean
  readonly platform?: string
  readonly compressor?: NonNullable<CopyOptions['compressor']>
  readonly maxUnpackedBytes?: number
}

/** Their documentation, for stricli. */
export const copyFlags = {
  all: {
    kind: 'boolean',
    brief: 'Copy all platforms and all images, not only one',
    optional: true,
    withNegated: false,
  },
  platform: {
    kind: 'parsed',
    parse: (text: string): string => text,
    brief: "The platform to take, such as linux/arm64; default: this machine's",
    placeholder: 'OS/ARCH',
    optional: true,
  },
  compressor: {
    kind: 'parsed',
    parse: (text: string): NonNullable<CopyOptions['compressor']> => compressorFlag(text),
    brief: 'Compressor for what is written anew: none, gz or zstd, with a level such as gz:9',
    placeholder: 'COMPRESSOR',
    optional: true,
  },
} as const

/** What `copy` takes, from the flags. */
export function copyOptions(flags: CopyFlags): CopyOptions {
  const { all, platform, compressor, maxUnpackedBytes } = flags
  return {
    ...registrySettings(flags),
    ...(all === undefined ? {} : { all }),
    ...(platform === undefined ? {} : { platform }),
    ...(compressor === undefined ? {} : { compressor }),
    ...(maxUnpackedBytes === undefined ? {} : { maxUnpackedBytes }),
  }
}

interface Flags extends CommonFlags, CopyFlags {
  readonly json?: boolean
}

async function run(this: Context, flags: Flags, from: string, to: string): Promise<void> {
  const isPrinted = goesToStandardOutput(to)
  const { copy } = await import('../actions/copy.ts')
  const copied = await copy(from, to, { ...actionOptions(this, flags), ...copyOptions(flags) })
  if (!isPrinted) this.print(flags.json ? printableJson(copied) : `${copied.reference}@${copied.digest}`)
}

const place = (brief: string) => ({ brief, parse: String, placeholder: 'PLACE' })

/** The command. */
export const copyRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Copy an image from one place to another',
    fullDescription:
      'Copies an image between docker-archive:FILE, oci:FOLDER, oci-archive:FILE and docker://NAME, without building. Manifests and layers stay as they are wherever both places have manifests.',
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [place('Where the image is'), place('Where it goes')] },
    flags: { ...copyFlags, maxUnpackedBytes: maxUnpackedFlag, json: jsonFlag, ...registryFlags, ...commonFlags },
  },
  func: run,
})
