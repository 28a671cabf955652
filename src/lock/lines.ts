/** The layout of a lock's text: keys sorted, one package or index a line, so that changes are readable and merge well. */

function block(open: string, lines: readonly string[], close: string): string {
  return lines.length === 0
    ? open + close
    : `${open}\n${lines.map((line) => `        ${line}`).join(',\n')}\n      ${close}`
}

/** An array with an item a line. */
export function listLines(items: readonly unknown[]): string {
  return block(
    '[',
    items.map((item) => JSON.stringify(item)),
    ']',
  )
}

/** An object with a key a line. */
export function mapLines(entries: readonly (readonly [string, unknown])[]): string {
  return block(
    '{',
    entries.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`),
    '}',
  )
}

/** The fields of a set, as they are in the file. @param fields - name and text of each */
export function setLines(fields: readonly (readonly [string, string])[]): string {
  return `{\n${fields.map(([name, text]) => `      ${JSON.stringify(name)}: ${text}`).join(',\n')}\n    }`
}

/** Entries by name, in the order of code units. */
export function sorted<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}
