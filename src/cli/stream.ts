/** `slipway stream`: writes an image to stdout as a docker-archive, which is made while it is sent. */
import { buildCommand, type Command } from '@stricli/core'
import { changesOptions } from './changes.ts'
import { actionOptions, type BuildingFlags, buildingFlags, type Context, targetParameter } from './context.ts'
import { textFlag } from './flags.ts'
import { exportTarget } from './images.ts'
import { checkStandardOutput } from './standard-output.ts'

interface Flags extends BuildingFlags {
  readonly repoTag?: string
}

async function run(this: Context, flags: Flags, word: string): Promise<void> {
  checkStandardOutput()
  const { target, beside } = await exportTarget(word)
  const { stream, streamable } = await import('../actions/stream.ts')
  await stream(streamable(target), {
    ...actionOptions(this, flags),
    ...changesOptions(this, flags, word),
    beside,
    sending: this.endOnSignals,
    ...(flags.repoTag === undefined ? {} : { repoTag: flags.repoTag }),
  })
}

/** The command. */
export const streamRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Write an image to stdout as a docker-archive',
    fullDescription:
      'Streams the layered or pulled image that FILE exports as NAME, for "| docker load". Of a layered one only its own top layer is stored, of a pulled one its layers.',
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [targetParameter] },
    flags: { repoTag: textFlag("Name and tag to use instead of the image's own", 'NAME:TAG'), ...buildingFlags },
    aliases: { t: 'repoTag' },
  },
  func: run,
})
