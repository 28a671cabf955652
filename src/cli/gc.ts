/** `slipway gc`: removes from the store what no result link needs. */
import { buildCommand, type Command } from '@stricli/core'
import { printable, printableJson } from '../base/printable.ts'
import { formatSize } from '../report/text.ts'
import { actionOptions, type CommonFlags, type Context, commonFlags, jsonFlag } from './context.ts'
import { switchFlag } from './flags.ts'

interface Flags extends CommonFlags {
  readonly dryRun?: boolean
  readonly json?: boolean
}

async function run(this: Context, flags: Flags): Promise<void> {
  const dryRun = flags.dryRun ?? false
  const { gc } = await import('../actions/gc.ts')
  const removed = await gc({ ...actionOptions(this, flags), dryRun })
  if (flags.json) return this.print(printableJson(removed))
  if (dryRun || flags.verbose) for (const name of [...removed.objects, ...removed.others]) this.print(printable(name))
  this.print(`${dryRun ? 'would free' : 'freed'} ${formatSize(removed.bytes)}`)
}

/** The command. */
export const gcRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Remove from the store what no result link needs',
    fullDescription:
      'Removes what no result link needs; --verbose prints the names. Delete a result link to release its image. Packages named by a lock that was used in the last 30 days stay.',
  },
  parameters: {
    flags: {
      dryRun: switchFlag('Print what would be removed, and remove nothing'),
      json: jsonFlag,
      ...commonFlags,
    },
  },
  func: run,
})
