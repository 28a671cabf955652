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
  readonly sort?: 'layer' | 'size'
}

async function run(this: Context, flags: Flags, word: string): Promise<void> {
  if (word.startsWith('docker://')) return runRemote(this, flags, word)
  const { target, beside } = await imageTarget(word)
  const { inspect, inspectAll } = await import('../actions/inspect.ts')
  const { platform, sort = 'layer' } = flags
  const options = {
    ...imageOptions(this, flags, { beside }),
    ...registrySettings(flags),
    ...(platform === undefined ? {} : { select: { platform } }),
  }
  if (flags.json) return this.print(printableJson(await inspect(target, options), 2))
  const { formatText } = await import('../report/text.ts')
  const summaries = await inspectAll(target, options)
  this.print(summaries.map((summary) => formatText(summary, sort).trimEnd()).join('\n\n\n'))
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

const sortFlag = {
  kind: 'enum',
  values: ['layer', 'size'],
  brief: 'Order of the parts: by layer, or all packages and objects by size, the largest first; default: layer',
  optional: true,
} as const

/** The command. */
export const inspectRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Explain an image: its layers and the size of each part',
    fullDescription:
      'Explains an image: one in a file or directory (docker-archive:FILE, oci:DIRECTORY, oci-archive:FILE, or a path such as ./result; with :TAG, one image of several; with --json, the first), or one that FILE exports as NAME, which is built first. For docker://NAME, shows platforms, sizes, and which layers this machine has; no layer is read.',
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [imageParameter] },
    flags: {
      platform: textFlag(
        'Platform to take from an index; default: the first, and all of an index in a registry',
        'OS/ARCH',
      ),
      compare: textFlag('For an image in a registry: image to compare its layers with', 'IMAGE|FILE[#NAME]'),
      sort: sortFlag,
      ...registryFlags,
      ...imageFlags,
    },
  },
  func: run,
})
