/** `slipway stream`: an image as a docker-archive on stdout, made while it is sent. */
import { buildCommand, type Command } from '@stricli/core'
import {
  actionOptions,
  type CommonFlags,
  type Context,
  commandFlags,
  commonFlags,
  frozenFlag,
  strictFlag,
  targetParameter,
} from './context.ts'
import { checkStandardOutput } from './standard-output.ts'

interface Flags extends CommonFlags {
  readonly frozen?: boolean
  readonly strict?: boolean
  readonly sandbox?: 'auto' | 'namespace' | 'fakeroot'
  readonly rebuild?: boolean
  readonly repoTag?: string
}

async function run(this: Context, flags: Flags, target: string): Promise<void> {
  checkStandardOutput()
  const { exportsOf, loadTarget, parseTarget } = await import('../load/load.ts')
  const parsed = parseTarget(target)
  const { chosen, loaded } = await loadTarget(parsed)
  const { stream, streamable } = await import('../actions/stream.ts')
  await stream(streamable(chosen), {
    ...actionOptions(this, flags),
    beside: exportsOf(parsed.file, loaded),
    sending: this.endOnSignals,
    ...(flags.repoTag === undefined ? {} : { repoTag: flags.repoTag }),
  })
}

/** The command. */
export const streamRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Write an image as a docker-archive to stdout',
    fullDescription:
      'Streams the layered image that FILE exports as NAME, for "| docker load". Nothing but its own top layer is stored.',
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [targetParameter] },
    flags: {
      repoTag: {
        kind: 'parsed',
        parse: String,
        brief: 'Another name and tag for the image',
        placeholder: 'NAME:TAG',
        optional: true,
      },
      frozen: frozenFlag,
      strict: strictFlag,
      ...commandFlags,
      ...commonFlags,
    },
    aliases: { t: 'repoTag' },
  },
  func: run,
})
