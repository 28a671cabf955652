/** `slipway inspect`: what an image holds, layer by layer, and what each part costs. */
import { buildCommand, type Command } from '@stricli/core'
import { printableJson } from '../base/printable.ts'
import { type Context, commonFlags, frozenFlag, jsonFlag, strictFlag } from './context.ts'
import { type ImageFlags, imageOptions, imageParameter, imageTargets, maxUnpackedFlag } from './images.ts'
import { type RegistryFlags, registryFlags, registrySettings } from './registry.ts'

interface Flags extends ImageFlags, RegistryFlags {
  readonly platform?: string
  readonly compare?: string
}

async function run(this: Context, flags: Flags, image: string): Promise<void> {
  if (image.startsWith('docker://')) return runRemote(this, flags, image.slice('docker://'.length))
  const {
    targets: [target = image],
    beside,
  } = await imageTargets([image])
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

/** In a registry: nothing is read but documents. */
async function runRemote(context: Context, flags: Flags, name: string): Promise<void> {
  const { platform, compare } = flags
  const { targets: [other = compare] = [], beside } =
    compare === undefined ? { beside: new Map<string, never>() } : await imageTargets([compare])
  const { inspectRemote } = await import('../actions/inspect-remote.ts')
  const summary = await inspectRemote(name, {
    ...imageOptions(context, flags, { beside }),
    ...registrySettings(flags),
    ...(platform === undefined ? {} : { platform }),
    ...(other === undefined ? {} : { compare: other }),
  })
  if (flags.json) return context.print(printableJson(summary, 2))
  const { formatRemote } = await import('../report/remote.ts')
  context.print(formatRemote(summary))
}

/** The command. */
export const inspectRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Explain an image: its layers and what each part costs',
    fullDescription:
      'Explains an image: one in a file or folder (docker-archive:FILE, oci:FOLDER, oci-archive:FILE, or just the path, such as ./result), or one that FILE exports as NAME, which is built for it. Of docker://NAME it shows platforms and sizes, and what of it is here; no layer is read.',
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [imageParameter] },
    flags: {
      platform: {
        kind: 'parsed',
        parse: String,
        brief: 'Of an index: explain the image for this platform; default the first, in a registry all',
        placeholder: 'OS/ARCH',
        optional: true,
      },
      compare: {
        kind: 'parsed',
        parse: String,
        brief: 'In a registry: say what it shares with this image',
        placeholder: 'IMAGE|FILE[#NAME]',
        optional: true,
      },
      maxUnpackedBytes: maxUnpackedFlag,
      frozen: frozenFlag,
      strict: strictFlag,
      json: jsonFlag,
      ...registryFlags,
      ...commonFlags,
    },
  },
  func: run,
})
