/** `slipway stream-conf`, for stream scripts: sends the image that a conf.json in the store describes. Not listed in the help. */
import { buildCommand, type Command } from '@stricli/core'
import { fail } from '../base/error.ts'
import { actionOptions, type CommonFlags, type Context, commonFlags } from './context.ts'
import { refuseTerminal } from './standard-output.ts'

interface Flags extends CommonFlags {
  readonly repoTag?: readonly string[]
  readonly repo_tag?: readonly string[]
}

async function run(this: Context, flags: Flags, conf: string): Promise<void> {
  refuseTerminal()
  // The script gives the image's own name first; what its caller adds comes later and wins.
  const repoTag = flags.repo_tag?.at(-1) ?? flags.repoTag?.at(-1)
  if (repoTag === undefined) {
    fail('argument.invalid', 'stream-conf: --repo-tag is missing.', { remedy: 'Call the stream script instead.' })
  }
  this.endOnSignals()
  const { streamConf } = await import('../actions/stream-conf.ts')
  await streamConf(conf, { ...actionOptions(this, flags), repoTag })
}

const repoTag = {
  kind: 'parsed',
  parse: (text: string): string => text,
  brief: 'The name and tag of the image; the last one counts',
  placeholder: 'NAME:TAG',
  optional: true,
  variadic: true,
} as const

/** The command. */
export const streamConfRoute: Command<Context> = buildCommand({
  docs: { brief: 'Stream what a conf.json in the store describes; stream scripts call this' },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'The conf.json', parse: String, placeholder: 'CONF' }],
    },
    // `--repo_tag` is how the scripts of nixpkgs spell it.
    flags: { repoTag, repo_tag: repoTag, ...commonFlags },
    aliases: { t: 'repoTag' },
  },
  func: run,
})
