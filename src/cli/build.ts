/** `slipway build`: builds what a FILE exports, prints where it lies, and leaves a `result` link to it. */
import { buildCommand, type Command } from '@stricli/core'
import {
  actionOptions,
  type CommonFlags,
  type Context,
  commonFlags,
  frozenFlag,
  jsonFlag,
  targetParameter,
} from './context.ts'

interface Flags extends CommonFlags {
  readonly out: string
  readonly noLink?: boolean
  readonly frozen?: boolean
  readonly json?: boolean
}

async function run(this: Context, flags: Flags, target: string): Promise<void> {
  const { loadTarget, parseTarget } = await import('../load/load.ts')
  const { chosen, loaded } = await loadTarget(parseTarget(target))
  const { build } = await import('../actions/build.ts')
  const built = await build(chosen, {
    ...actionOptions(this, flags),
    beside: [...loaded.packages.values()],
    ...(flags.noLink ? {} : { out: flags.out }),
  })
  this.print(flags.json ? JSON.stringify(built) : built.physical)
}

/** The command. */
export const buildRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Build what a file exports and print where it lies',
    fullDescription:
      'Builds the image or other package that FILE exports as NAME (default: its default export), prints the path of the result and leaves a link to it, which also keeps it from "slipway gc".',
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [targetParameter] },
    flags: {
      out: { kind: 'parsed', parse: String, brief: 'The link to leave', placeholder: 'LINK', default: 'result' },
      noLink: { kind: 'boolean', brief: 'Leave no link', optional: true, withNegated: false },
      frozen: frozenFlag,
      json: jsonFlag,
      ...commonFlags,
    },
    aliases: { o: 'out' },
  },
  func: run,
})
