/** Formats errors, for people and for programs, and results. */
import { BuildError, messageOf } from '../base/error.ts'
import { printable, printableJson, printableLines } from '../base/printable.ts'

/**
 * Formats an error for people: a few lines, no stack.
 *
 * @param debug - whether to print the stacks of the error and of its causes instead.
 */
export function formatError(thrown: unknown, debug: boolean): string {
  if (debug) return `slipway: ${stacks(thrown).join('\ncaused by: ')}`
  if (thrown instanceof BuildError) return `slipway: ${thrown.message} [${thrown.code}]`
  return `slipway: ${printableLines(messageOf(thrown))}\nThis is a bug in slipway. Please report it with the output of "--debug".`
}

/** Escapes text that is written to the terminal, and caps its lines. */
export function printableComplaint(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line, 4000))
    .join('\n')
}

/** Formats an error for programs, as JSON. */
export function errorAsJson(thrown: unknown): string {
  const { code, detail } = thrown instanceof BuildError ? thrown : { code: 'internal', detail: {} }
  return printableJson({ error: { code, message: messageOf(thrown), detail } })
}

/** Formats where an image is and what it is, as `docker pull` takes it: a digest that the place states is not repeated. */
export function withDigest({ reference, digest }: { readonly reference: string; readonly digest?: string }): string {
  return digest === undefined || reference.endsWith(`@${digest}`) ? reference : `${reference}@${digest}`
}

function stacks(thrown: unknown): string[] {
  const own = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  return thrown instanceof Error && thrown.cause !== undefined ? [own, ...stacks(thrown.cause)] : [own]
}
