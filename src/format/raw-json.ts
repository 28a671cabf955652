/**
 * JSON as bytes: the members of an object without parsing their values, and compact form as Go prints it.
 *
 * For documents whose values must stay exactly as they were written: numbers such as `1.50`, the order of keys, repeated keys, and bytes
 * that are not UTF-8. The bytes must be JSON but for these; check that first, with `parseJson` (oci.ts).
 */

/** Returns the members of a JSON object as raw bytes, by key. Where a key is repeated, the last one wins, as in Go's encoding/json. */
export function rawMembers(json: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const members = new Map<string, Uint8Array>()
  let at = afterSpace(json, 0)
  if (json[at] !== openBrace) throw new Error('unreachable: not a JSON object')
  at = afterSpace(json, at + 1)
  while (json[at] === quote) {
    const endOfKey = afterString(json, at)
    const key = keyIn(json.subarray(at, endOfKey))
    const start = afterSpace(json, afterSpace(json, endOfKey) + 1)
    const end = afterValue(json, start)
    members.set(key, json.subarray(start, end))
    at = afterSpace(json, end)
    if (json[at] === comma) at = afterSpace(json, at + 1)
  }
  return members
}

/** Removes white space outside strings and escapes `<`, `>`, `&`, U+2028 and U+2029, as Go's `json.Marshal` does with raw values. */
export function compactJson(json: Uint8Array): Uint8Array {
  const escaped = json.reduce((count, byte) => count + (isMarkup(byte) || byte === 0xe2 ? 1 : 0), 0)
  const target = Buffer.alloc(json.length + 5 * escaped)
  let end = 0
  let isInString = false
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] ?? 0
    if (isSpace(byte) && !isInString) continue
    if (byte === quote) isInString = !isInString
    if (isMarkup(byte)) end += target.write(`\\u00${byte.toString(16)}`, end, 'latin1')
    else if (isSeparator(json, at)) {
      at += 2
      end += target.write(`\\u202${((json[at] ?? 0) & 0xf).toString(16)}`, end, 'latin1')
    } else target[end++] = byte
    if (byte === backslash && isInString) target[end++] = json[++at] ?? 0
  }
  return target.subarray(0, end)
}

/** Formats an object of raw values, keys sorted by code unit. */
export function rawObject(members: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1))
  const parts = sorted.flatMap(([key, value], index) => [
    Buffer.from(`${index === 0 ? '' : ','}${JSON.stringify(key)}:`, 'utf8'),
    value,
  ])
  return Buffer.concat([Buffer.from('{'), ...parts, Buffer.from('}')])
}

const [openBrace, closeBrace, openBracket, closeBracket, quote, backslash, comma] = Buffer.from('{}[]"\\,', 'latin1')

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** `<`, `>` and `&`. */
function isMarkup(byte: number): boolean {
  return byte === 0x3c || byte === 0x3e || byte === 0x26
}

/** U+2028 and U+2029 in UTF-8. */
function isSeparator(json: Uint8Array, at: number): boolean {
  return json[at] === 0xe2 && json[at + 1] === 0x80 && ((json[at + 2] ?? 0) & 0xfe) === 0xa8
}

function afterSpace(json: Uint8Array, start: number): number {
  let at = start
  while (isSpace(json[at] ?? 0)) at++
  return at
}

function afterString(json: Uint8Array, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== quote) at += json[at] === backslash ? 2 : 1
  return at + 1
}

function afterValue(json: Uint8Array, start: number): number {
  let depth = 0
  let at = start
  while (at < json.length) {
    const byte = json[at] ?? 0
    if (depth === 0 && (byte === comma || byte === closeBrace || isSpace(byte))) break
    if (byte === openBrace || byte === openBracket) depth++
    else if (byte === closeBrace || byte === closeBracket) depth--
    at = byte === quote ? afterString(json, at) : at + 1
  }
  return at
}

function keyIn(token: Uint8Array): string {
  const key: unknown = JSON.parse(Buffer.from(token).toString('utf8'))
  return String(key)
}
