/** `slipway copy`: copies an image from one place to another, in any format, without building. */
import { buildCommand, type Command } from '@stricli/core'
import type { CopyOptions } from '../actions/copy.ts'
import { printableJson } from '../base/printable.ts'
import { actionOptions, type CommonFlags, type Context, commonFlags, jsonFlag } from './context.ts'
import { type CompressorFlag, compressorFlag, type SwitchFlag, switchFlag, type TextFlag, textFlag } from './flags.ts'
import { maxUnpackedFlag } from './images.ts'
import { withDigest } from './print.ts'
import { type RegistryFlags, registryFlags, registrySettings } from './registry.ts'
import { goesToStandardOutput } from './standard-output.ts'

/** Values of the flags of commands that copy. */
export interface CopyFlags extends RegistryFlags {
  readonly all?: boolean
  readonly platform?: string
  readonly compressor?: NonNullable<CopyOptions['compressor']>
  readonly maxUnpackedBytes?: number
}

/** The flags of commands that copy. */
export const copyFlags: Readonly<
  Record<'all', SwitchFlag> &
    Record<'platform', TextFlag> &
    Record<'compressor', CompressorFlag> &
    Record<'maxUnpackedBytes', typeof maxUnpackedFlag>
> = {
  all: switchFlag('Copy all platforms and all images, not only one'),
  platform: textFlag("Platform to take from an index, such as linux/arm64; default: this machine's", 'OS/ARCH'),
  compressor: compressorFlag('gz in a registry, else none; compressed layers stay unchanged where possible'),
  maxUnpackedBytes: maxUnpackedFlag,
}

/** Returns the options of `copy` that the flags give. */
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
  const { copyImage } = await import('../actions/copy.ts')
  const copied = await copyImage(from, to, { ...actionOptions(this, flags), ...copyOptions(flags) })
  if (!isPrinted) this.print(flags.json ? printableJson(copied) : withDigest(copied))
}

const place = (brief: string) => ({ brief, parse: String, placeholder: 'PLACE' })

/** The command. */
export const copyRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Copy an image from one place to another',
    fullDescription:
      'Copies an image between docker-archive:FILE, oci:DIRECTORY, oci-archive:FILE and docker://NAME, without building. Manifests and layers stay unchanged when both places have manifests.',
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [place('Place to read from'), place('Place to write to')] },
    flags: { ...copyFlags, json: jsonFlag, ...registryFlags, ...commonFlags },
  },
  func: run,
})
