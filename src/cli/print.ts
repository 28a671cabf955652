/** How the command words its output: errors for people and for programs, sizes, tables. Pure. */
import { BuildError, messageOf } from '../base/error.ts'

/**
 * An error as a person reads it: a few lines, no stack.
 *
 * @param debug - adds the stacks of the error and of its causes.
 */
export function formatError(thrown: unknown, debug: boolean): string {
  if (debug) return `slipway: ${stacks(thrown).join('\ncaused by: ')}`
  if (thrown instanceof BuildError) return `slipway: ${thrown.message} [${thrown.code}]`
  return `slipway: ${messageOf(thrown)}\nThis is a fault in slipway. Please report it with what "--debug" prints.`
}

/** An error as a program reads it. */
export function errorAsJson(thrown: unknown): string {
  const { code, detail } = thrown instanceof BuildError ? thrown : { code: 'internal', detail: {} }
  return JSON.stringify({ error: { code, message: messageOf(thrown), detail } })
}

function stacks(thrown: unknown): string[] {
  const own = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  return thrown instanceof Error && thrown.cause !== undefined ? [own, ...stacks(thrown.cause)] : [own]
}

/** Bytes in the unit that leaves one to three digits before the point, such as "5.7 MB" (1 MB = 1,000,000 bytes). */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  // Rounded first, or 999,960 would be 1000.0 kB.
  const power = Math.min(Math.floor(Math.log10(Number(bytes.toPrecision(4))) / 3), units.length)
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1]}`
}

/** Rows in columns as wide as their widest cell; the columns of numbers, by index, stand to the right. */
export function formatTable(rows: readonly (readonly string[])[], numbers: readonly number[] = []): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        numbers.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return rows.map(line).join('\n')
}
