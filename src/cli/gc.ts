/** `slipway gc`: removes from the store what no result link needs. */
import { buildCommand, type Command } from '@stricli/core'
import type { GcResult } from '../actions/gc.ts'
import { fail } from '../base/error.ts'
import { printable, printableJson } from '../base/printable.ts'
import { formatSize } from '../report/text.ts'
import { durationFlag, sizeFlag } from './amounts.ts'
import { actionOptions, type CommonFlags, type Context, commonFlags, jsonFlag } from './context.ts'
import { switchFlag } from './flags.ts'

interface Flags extends CommonFlags {
  readonly all?: boolean
  readonly olderThan?: number
  readonly maxSize?: number
  readonly dryRun?: boolean
  readonly json?: boolean
}

async function run(this: Context, flags: Flags): Promise<void> {
  const { all, olderThan, maxSize: maxBytes, dryRun = false } = flags
  if (all && olderThan !== undefined)
    fail('argument.invalid', '--all and --older-than exclude each other.', { remedy: 'Give one of the two.' })
  const keptSeconds = all ? 0 : olderThan
  const { gc } = await import('../actions/gc.ts')
  const removed = await gc({
    ...actionOptions(this, flags),
    dryRun,
    ...(keptSeconds === undefined ? {} : { keptSeconds }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  })
  if (flags.json) return this.print(printableJson(removed))
  if (dryRun || flags.verbose) for (const name of [...removed.objects, ...removed.others]) this.print(printable(name))
  this.print(lastLine(removed, dryRun))
}

function lastLine({ bytes, keptBytes, lockedBytes }: GcResult, dryRun: boolean): string {
  const freed = `${dryRun ? 'would free' : 'freed'} ${formatSize(bytes)}`
  const locked =
    lockedBytes === 0 ? '' : `, ${formatSize(lockedBytes)} of it only for recently used locks (--all removes that)`
  return keptBytes === 0 ? freed : `${freed}; ${formatSize(keptBytes)} stay${locked}`
}

/** The command. */
export const gcRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Remove from the store what no result link needs',
    fullDescription:
      'Removes what no result link needs; --verbose prints the names. Delete a result link to release its image. Packages named by a lock that was used in the last 30 days stay, unless --all, --older-than or --max-size releases them.',
  },
  parameters: {
    flags: {
      all: switchFlag('Remove also what locks keep, and all compressed pieces'),
      olderThan: durationFlag('Remove also what locks keep that were last used longer ago; default: 30d'),
      maxSize: sizeFlag('Remove also what locks keep, the least recently used first, until the store has this size'),
      dryRun: switchFlag('Print what would be removed, and remove nothing'),
      json: jsonFlag,
      ...commonFlags,
    },
  },
  func: run,
})
