/** Layout of a lock file: keys sorted, one package or index per line, so that changes are readable and merge well. */

function block(open: string, lines: readonly string[], close: string): string {
  return lines.length === 0
    ? open + close
    : `${open}\n${lines.map((line) => `        ${line}`).join(',\n')}\n      ${close}`
}

/** Formats an array with one item per line. */
export function listLines(items: readonly unknown[]): string {
  return block(
    '[',
    items.map((item) => JSON.stringify(item)),
    ']',
  )
}

/** Formats an object with one key per line. */
export function mapLines(entries: readonly (readonly [string, unknown])[]): string {
  return block(
    '{',
    entries.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`),
    '}',
  )
}

/** Formats the fields of a set as they are in the file. @param fields - name and formatted value of each */
export function setLines(fields: readonly (readonly [string, string])[]): string {
  return `{\n${fields.map(([name, text]) => `      ${JSON.stringify(name)}: ${text}`).join(',\n')}\n    }`
}

/** Sorts entries by name, in code unit order. */
export function sorted<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}
