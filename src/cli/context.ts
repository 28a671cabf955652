/** Context of every command: where it prints, how it is stopped, and its flags that other commands share. */

import type { ApplicationContext } from '@stricli/core'
import type { RunOptions } from '../actions/run.ts'
import type { ActionOptions } from '../actions/workshop.ts'
import type { BuildEvent } from '../base/event.ts'
import { printable } from '../base/printable.ts'
import { type SwitchFlag, switchFlag, type TextFlag, textFlag } from './flags.ts'

/** Context of one run of the command. */
export interface Context extends ApplicationContext {
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
  /**
   * Makes Ctrl-C and SIGTERM end the process at once. For writing to a pipe: while its reader stalls, the thread is blocked in the system
   * call and cannot handle a signal.
   */
  readonly endOnSignals: () => void
  /** Removes progress; from now on Ctrl-C and SIGTERM go to `send`, which passes them to a program that runs in this one's place. */
  readonly handOver: NonNullable<RunOptions['started']>
  /** Sets the exit code of a command that succeeds. */
  readonly exitWith: (code: number) => void
  /** Shows progress on stderr. */
  readonly report: (event: BuildEvent) => void
  /** Prints data on stdout, followed by a line break. Nothing else goes there. */
  readonly print: (text: string) => void
}

/** Positional argument `FILE[#NAME]`. */
export const targetParameter = {
  brief: 'TypeScript or JavaScript file, and the name of an export; default: its default export',
  parse: (text: string): string => text,
  placeholder: 'FILE[#NAME]',
} as const

/** Values of the flags that every command has. */
export interface CommonFlags {
  readonly store?: string
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly debug?: boolean
}

/** The flags that every command has. */
export const commonFlags: Readonly<Record<'store', TextFlag> & Record<'quiet' | 'verbose' | 'debug', SwitchFlag>> = {
  store: textFlag("Root directory of the store; default: $SLIPWAY_STORE, else the user's data directory", 'DIR'),
  quiet: switchFlag('Show no progress'),
  verbose: switchFlag('Show each part of the work as a line'),
  debug: switchFlag('Show the stack and the cause of an error'),
}

/** `--json`, for commands that print data. */
export const jsonFlag: SwitchFlag = switchFlag('Print JSON on stdout, also for errors')

/** `--frozen`, for commands that resolve packages. */
export const frozenFlag: SwitchFlag = switchFlag('Fail instead of changing slipway.lock')

/** Values of the flags of commands that build. */
export interface BuildingFlags extends CommonFlags {
  readonly frozen?: boolean
  readonly strict?: boolean
  readonly sandbox?: 'auto' | 'namespace' | 'fakeroot'
  readonly rebuild?: boolean
}

const sandboxFlag = {
  kind: 'enum',
  values: ['auto', 'namespace', 'fakeroot'],
  brief: "Where shell commands run; default: the package set's choice, else auto",
  optional: true,
} as const

/** The flags of commands that build. */
export const buildingFlags: typeof commonFlags &
  Readonly<Record<'frozen' | 'strict' | 'rebuild', SwitchFlag> & Record<'sandbox', typeof sandboxFlag>> = {
  frozen: frozenFlag,
  strict: switchFlag(
    'Fail when there are notes: what an image lacks, or what could not be worked out about its packages',
  ),
  sandbox: sandboxFlag,
  rebuild: switchFlag('Run shell commands again and compare their results'),
  ...commonFlags,
}

/** Returns the options of an action that the flags and the context give. */
export function actionOptions(
  context: Context,
  flags: BuildingFlags,
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

/** Formats notes as one line, however many there are. */
function notesLine(notes: readonly string[]): string {
  const [first = ''] = notes
  const more = notes.length > 1 ? ` and ${notes.length - 1} more` : ''
  return `note: ${printable(first)}${more}; "slipway inspect" shows all, --strict makes it an error\n`
}
