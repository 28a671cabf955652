/** `slipway rebase`: replaces the base of an image that is built. */
import { buildCommand, type Command } from '@stricli/core'
import type { RebaseOptions } from '../actions/rebase.ts'
import { printableJson } from '../base/printable.ts'
import type { Context } from './context.ts'
import { compressorFlag, switchFlag, textFlag } from './flags.ts'
import { type ImageFlags, imageFlags, imageOptions, imageParameter, imageTarget } from './images.ts'
import { withDigest } from './print.ts'
import { type RegistryFlags, registryFlags, registrySettings } from './registry.ts'
import { goesToStandardOutput } from './standard-output.ts'

interface Flags
  extends ImageFlags,
    RegistryFlags,
    Pick<RebaseOptions, 'base' | 'to' | 'all' | 'platform' | 'force' | 'compressor'> {
  readonly onto: string
}

async function run(this: Context, flags: Flags, word: string): Promise<void> {
  const { onto, base, to, all, platform, force, compressor } = flags
  const isPrinted = to !== undefined && goesToStandardOutput(to)
  const { target, beside } = await imageTarget(word)
  const { rebase } = await import('../actions/rebase.ts')
  const done = await rebase(target, {
    ...imageOptions(this, flags, { beside }),
    ...registrySettings(flags),
    onto,
    ...(base === undefined ? {} : { base }),
    ...(to === undefined ? {} : { to }),
    ...(all === undefined ? {} : { all }),
    ...(platform === undefined ? {} : { platform }),
    ...(force === undefined ? {} : { force }),
    ...(compressor === undefined ? {} : { compressor }),
  })
  if (isPrinted) return
  this.print(flags.json ? printableJson(done) : withDigest(done))
}

/** The command. */
export const rebaseRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Put an image onto another base, without building it again',
    fullDescription:
      "Replaces the layers of an image's base by those of another base, and what the image inherited of the base's config. The image's own layers stay unchanged. The image is replaced where it is, or written to the place that --to names.",
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [imageParameter] },
    flags: {
      onto: { ...textFlag('The new base, such as docker://debian:trixie-slim', 'IMAGE'), optional: false },
      base: textFlag('The base that it has now; default: the one that its manifest names, or a pulled one', 'IMAGE'),
      to: textFlag('Place to write to; default: where the image is', 'PLACE'),
      all: switchFlag(
        'All images of an index, each onto the base for its platform; default where an index is replaced',
      ),
      platform: textFlag("Platform of the one image to take from an index; default: this machine's", 'OS/ARCH'),
      force: switchFlag("Keep the image's version of files that differ between the bases"),
      compressor: compressorFlag('gz in a registry, else none; compressed layers stay unchanged'),
      ...imageFlags,
      ...registryFlags,
    },
    aliases: { o: 'to' },
  },
  func: run,
})
