/** `slipway inspect`: explains an image: the contents of each layer and the size of each part. */
import { buildCommand, type Command } from '@stricli/core'
import { printableJson } from '../base/printable.ts'
import type { Context } from './context.ts'
import { textFlag } from './flags.ts'
import { type ImageFlags, imageFlags, imageOptions, imageParameter, imageTarget } from './images.ts'
import { type RegistryFlags, registryFlags, registrySettings } from './registry.ts'

interface Flags extends ImageFlags, RegistryFlags {
  readonly platform?: string
  readonly compare?: string
}

async function run(this: Context, flags: Flags, word: string): Promise<void> {
  if (word.startsWith('docker://')) return runRemote(this, flags, word.slice('docker://'.length))
  const { target, beside } = await imageTarget(word)
  const { inspect } = await import('../actions/inspect.ts')
  const { platform } = flags
  const summary = await inspect(target, {
    ...imageOptions(this, flags, { beside }),
    ...(platform === undefined ? {} : { select: { platform } }),
  })
  if (flags.json) return this.print(printableJson(summary, 2))
  const { formatText } = await import('../report/text.ts')
  this.print(formatText(summary).trimEnd())
}

/** Explains an image in a registry, from its documents alone. */
async function runRemote(context: Context, flags: Flags, name: string): Promise<void> {
  const { platform, compare } = flags
  const compared = compare === undefined ? undefined : await imageTarget(compare)
  const { inspectRemote } = await import('../actions/inspect-remote.ts')
  const summary = await inspectRemote(name, {
    ...imageOptions(context, flags, { beside: compared?.beside ?? new Map() }),
    ...registrySettings(flags),
    ...(platform === undefined ? {} : { platform }),
    ...(compared === undefined ? {} : { compare: compared.target }),
  })
  if (flags.json) return context.print(printableJson(summary, 2))
  const { formatRemote } = await import('../report/remote.ts')
  context.print(formatRemote(summary))
}

/** The command. */
export const inspectRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Explain an image: its layers and the size of each part',
    fullDescription:
      'Explains an image: one in a file or directory (docker-archive:FILE, oci:DIRECTORY, oci-archive:FILE, or a path such as ./result), or one that FILE exports as NAME, which is built first. For docker://NAME, shows platforms, sizes, and which layers this machine has; no layer is read.',
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [imageParameter] },
    flags: {
      platform: textFlag(
        'Platform to take from an index; default: the first, and all of an index in a registry',
        'OS/ARCH',
      ),
      compare: textFlag('For an image in a registry: image to compare its layers with', 'IMAGE|FILE[#NAME]'),
      ...registryFlags,
      ...imageFlags,
    },
  },
  func: run,
})
