/** How the command words an error, for people and for programs. Pure. */
import { BuildError, messageOf } from '../base/error.ts'
import { printable, printableJson, printableLines } from '../base/printable.ts'

/**
 * An error as a person reads it: a few lines, no stack.
 *
 * @param debug - adds the stacks of the error and of its causes.
 */
export function formatError(thrown: unknown, debug: boolean): string {
  if (debug) return `slipway: ${stacks(thrown).join('\ncaused by: ')}`
  if (thrown instanceof BuildError) return `slipway: ${thrown.message} [${thrown.code}]`
  return `slipway: ${printableLines(messageOf(thrown))}\nThis is a fault in slipway. Please report it with what "--debug" prints.`
}

/** What is about to be written to the terminal, whoever worded it: long lines are messages with their code. */
export function printableComplaint(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line, 4000))
    .join('\n')
}

/** An error as a program reads it. */
export function errorAsJson(thrown: unknown): string {
  const { code, detail } = thrown instanceof BuildError ? thrown : { code: 'internal', detail: {} }
  return printableJson({ error: { code, message: messageOf(thrown), detail } })
}

function stacks(thrown: unknown): string[] {
  const own = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  return thrown instanceof Error && thrown.cause !== undefined ? [own, ...stacks(thrown.cause)] : [own]
}
