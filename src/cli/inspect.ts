/** `slipway inspect`: what an image holds, layer by layer, and what each part costs. */
import { buildCommand, type Command } from '@stricli/core'
import { type Context, commonFlags, frozenFlag, jsonFlag } from './context.ts'
import { type ImageFlags, imageOptions, imageParameter, imageTargets, maxUnpackedFlag } from './images.ts'

async function run(this: Context, flags: ImageFlags, image: string): Promise<void> {
  const {
    targets: [target = image],
    beside,
  } = await imageTargets([image])
  const { inspect } = await import('../actions/inspect.ts')
  const summary = await inspect(target, { ...imageOptions(this, flags, { beside }) })
  if (flags.json) return this.print(JSON.stringify(summary, null, 2))
  const { formatText } = await import('../report/text.ts')
  this.print(formatText(summary).trimEnd())
}

/** The command. */
export const inspectRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Explain an image: its layers and what each part costs',
    fullDescription:
      'Explains an image: one in a file or folder (docker-archive:FILE, oci:FOLDER, oci-archive:FILE, or just the path, such as ./result), or one that FILE exports as NAME, which is built for it.',
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [imageParameter] },
    flags: { maxUnpackedBytes: maxUnpackedFlag, frozen: frozenFlag, json: jsonFlag, ...commonFlags },
  },
  func: run,
})
