/** `slipway stream-conf`, for stream scripts: sends the image that a conf.json in the store describes. Not listed in the help. */
import { buildCommand, type Command } from '@stricli/core'
import { fail } from '../base/error.ts'
import { actionOptions, type CommonFlags, type Context, commonFlags } from './context.ts'
import { textsFlag } from './flags.ts'
import { refuseTerminal } from './standard-output.ts'

interface Flags extends CommonFlags {
  readonly repoTag?: readonly string[]
  readonly repo_tag?: readonly string[]
}

async function run(this: Context, flags: Flags, conf: string): Promise<void> {
  refuseTerminal()
  // The script passes the image's own name first; a name that its caller adds comes later and wins.
  const repoTag = flags.repo_tag?.at(-1) ?? flags.repoTag?.at(-1)
  if (repoTag === undefined) {
    fail('argument.invalid', 'stream-conf: --repo-tag is missing.', { remedy: 'Call the stream script instead.' })
  }
  this.endOnSignals()
  const { streamConf } = await import('../actions/stream-conf.ts')
  await streamConf(conf, { ...actionOptions(this, flags), repoTag })
}

const repoTag = textsFlag('Name and tag of the image; the last one counts', 'NAME:TAG')

/** The command. */
export const streamConfRoute: Command<Context> = buildCommand({
  docs: { brief: 'Stream the image that a conf.json in the store describes; for stream scripts' },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'Path of the conf.json', parse: String, placeholder: 'CONF' }],
    },
    // `--repo_tag` is how the scripts of nixpkgs spell it.
    flags: { repoTag, repo_tag: repoTag, ...commonFlags },
    aliases: { t: 'repoTag' },
  },
  func: run,
})
