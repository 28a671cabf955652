/** What every command is given: where to print, how it is stopped, and whether it may draw. */

import type { ApplicationContext } from '@stricli/core'
import type { ActionOptions } from '../actions/workshop.ts'
import type { BuildEvent } from '../base/event.ts'
import { printable } from '../base/printable.ts'

/** The context of one run of the command. */
export interface Context extends ApplicationContext {
  /** Aborted by ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
  /**
   * From now on ctrl-C and SIGTERM end the process at once. For what writes to a pipe: while its reader stalls, the thread stands in the
   * system's write and could handle no signal.
   */
  readonly endOnSignals: () => void
  /** Progress, on stderr. */
  readonly report: (event: BuildEvent) => void
  /** Prints data, and only data, on stdout; a line break is added. */
  readonly print: (text: string) => void
}

/** The positional `FILE[#NAME]`. */
export const targetParameter = {
  brief: 'A TypeScript or JavaScript file, and the name of an export',
  parse: (text: string): string => text,
  placeholder: 'FILE[#NAME]',
} as const

/** Flags that every command has. */
export interface CommonFlags {
  readonly store?: string
  readonly quiet?: boolean
  readonly debug?: boolean
}

/** Their documentation, for stricli. */
export const commonFlags = {
  store: {
    kind: 'parsed',
    parse: (text: string): string => text,
    brief: "The folder that holds the store; default $SLIPWAY_STORE, else the user's data folder",
    placeholder: 'DIR',
    optional: true,
  },
  quiet: { kind: 'boolean', brief: 'Show no progress', optional: true, withNegated: false },
  debug: { kind: 'boolean', brief: 'Show the stack and the cause of an error', optional: true, withNegated: false },
} as const

/** `--json`, for commands that print data. */
export const jsonFlag = {
  kind: 'boolean',
  brief: 'Print JSON on stdout, errors too',
  optional: true,
  withNegated: false,
} as const

/** `--frozen`, for commands that resolve packages. */
export const frozenFlag = {
  kind: 'boolean',
  brief: 'Fail instead of writing slipway.lock',
  optional: true,
  withNegated: false,
} as const

/** `--strict`, for commands that build. */
export const strictFlag = {
  kind: 'boolean',
  brief: 'Fail where something about packages could not be worked out',
  optional: true,
  withNegated: false,
} as const

/** `--sandbox` and `--rebuild`, for commands that build. */
export const commandFlags = {
  sandbox: {
    kind: 'enum',
    values: ['auto', 'namespace', 'fakeroot'],
    brief: 'Where shell commands run; default: as the package set says, else auto',
    optional: true,
  },
  rebuild: {
    kind: 'boolean',
    brief: 'Run shell commands again and compare what they leave',
    optional: true,
    withNegated: false,
  },
} as const

/** What all actions take, from the flags and the context. */
export function actionOptions(
  context: Context,
  flags: Pick<ActionOptions, 'store' | 'frozen' | 'strict' | 'sandbox' | 'rebuild'>,
): Pick<ActionOptions, 'store' | 'frozen' | 'strict' | 'sandbox' | 'rebuild' | 'noted'> & {
  readonly signal: AbortSignal
  readonly report: (event: BuildEvent) => void
} {
  return {
    ...(flags.store === undefined ? {} : { store: flags.store }),
    ...(flags.frozen === undefined ? {} : { frozen: flags.frozen }),
    ...(flags.strict === undefined ? {} : { strict: flags.strict }),
    ...(flags.sandbox === undefined ? {} : { sandbox: flags.sandbox }),
    ...(flags.rebuild === undefined ? {} : { rebuild: flags.rebuild }),
    signal: context.signal,
    report: context.report,
    noted: (notes) => context.process.stderr.write(notesLine(notes)),
  }
}

/** One line, however many there are. */
function notesLine(notes: readonly string[]): string {
  const [first = ''] = notes
  const more = notes.length > 1 ? ` and ${notes.length - 1} more` : ''
  return `note: not worked out: ${printable(first)}${more}; "slipway inspect" shows all, --strict makes it an error\n`
}
