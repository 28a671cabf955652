/** `slipway lock`: writes slipway.lock and prints what changed. */
import { buildCommand, type Command } from '@stricli/core'
import type { LockResult } from '../actions/lock.ts'
import { printable, printableJson } from '../base/printable.ts'
import { formatSize } from '../report/text.ts'
import { actionOptions, type CommonFlags, type Context, commonFlags, frozenFlag, jsonFlag } from './context.ts'
import { switchFlag, textFlag } from './flags.ts'

interface Flags extends CommonFlags {
  readonly update?: boolean
  readonly prune?: boolean
  readonly vendor?: string
  readonly frozen?: boolean
  readonly json?: boolean
}

async function run(this: Context, flags: Flags, ...files: readonly string[]): Promise<void> {
  const { exportsOf, load } = await import('../load/load.ts')
  const loaded = await Promise.all(files.map((file) => load(file)))
  const { lock } = await import('../actions/lock.ts')
  const { update, prune, vendor } = flags
  const done = await lock(
    loaded.flatMap(({ packages }) => [...packages.values()]),
    {
      ...actionOptions(this, flags),
      beside: new Map(loaded.flatMap((each, index) => [...exportsOf(files[index] ?? '', each)])),
      ...(update === undefined ? {} : { update }),
      ...(prune === undefined ? {} : { prune }),
      ...(vendor === undefined ? {} : { vendor }),
    },
  )
  this.print(flags.json ? printableJson(done) : formatLocked(done))
}

/** Formats changes, one line for each package: `+ name version`, `- name version`, `~ name from → to`. */
export function formatLocked({ changes, vendored }: LockResult): string {
  const lines = changes.flatMap(({ set, packages, bytes }) => [
    `${set}: ${formatSize(bytes.before)} → ${formatSize(bytes.after)}`,
    ...packages.map(({ name, from, to }) => {
      if (from === undefined) return `  + ${name} ${to?.version}`
      return to === undefined ? `  - ${name} ${from.version}` : `  ~ ${name} ${from.version} → ${to.version}`
    }),
  ])
  const kept = vendored.length === 0 ? [] : [`${vendored.length} packages written`]
  return [...(lines.length === 0 ? ['nothing changed'] : lines), ...kept].map((line) => printable(line)).join('\n')
}

/** The command. */
export const lockRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Write the packages that files need to slipway.lock',
    fullDescription:
      'Looks up every package that FILE names and the lock lacks, and writes the lock. Nothing is built. With --update, every package moves to the current version of the archive.',
  },
  parameters: {
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { brief: 'TypeScript or JavaScript files', parse: String, placeholder: 'FILE' },
    },
    flags: {
      update: switchFlag('Move every package to its current version'),
      prune: switchFlag('Remove packages that the files do not need'),
      vendor: textFlag('Directory to keep every locked .deb in, for the option `snapshot` of a set', 'DIR'),
      frozen: frozenFlag,
      json: jsonFlag,
      ...commonFlags,
    },
  },
  func: run,
})
