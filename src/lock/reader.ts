/** Reads the JSON of a lock strictly: every error names the file and the line. */
import { isPlainObject } from '../base/document.ts'
import { fail, messageOf } from '../base/error.ts'

/** A value in the document and the path of keys to it, which gives the line in errors. */
export interface Reader {
  readonly file: string
  readonly text: string
  readonly at: number
}

/** The document. */
export function parseJson(reader: Reader): unknown {
  if (reader.text.startsWith('\u{feff}')) refuse(reader, 'starts with a byte order mark, which JSON does not allow')
  try {
    const value: unknown = JSON.parse(reader.text)
    return value
  } catch (cause) {
    const start = placeOf(messageOf(cause), reader.text)
    return refuse({ ...reader, at: start }, `is not valid JSON (${messageOf(cause)})`)
  }
}

/** Finds the position of a syntax error in the engine's message: a line, or ten characters on either side. */
function placeOf(message: string, text: string): number {
  const line = /\(line (\d+) /.exec(message)?.[1]
  if (line !== undefined) return text.split('\n', Number(line)).join('\n').length
  const around = /\.\.\."(.*)"\.\.\. is not valid JSON$/s.exec(message)?.[1]
  const found = around === undefined ? -1 : text.indexOf(around)
  return found < 0 ? text.length : found + 10
}

/** An object. */
export function fieldsOf(reader: Reader, value: unknown, what: string): Readonly<Record<string, unknown>> {
  return isPlainObject(value) ? value : refuse(reader, `must have an object as its ${what}`)
}

/** An array. */
export function listOf(reader: Reader, value: unknown, what: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(reader, `must have an array as its ${what}`)
}

/** An array of strings. */
export function textsOf(reader: Reader, value: unknown, what: string): readonly string[] {
  return listOf(reader, value, what).map((each) => textOf(reader, each, what))
}

/** A non-empty string. */
export function textOf(reader: Reader, value: unknown, what: string): string {
  return typeof value === 'string' && value !== '' ? value : refuse(reader, `has no ${what}`)
}

/** A reader of a nested value. */
export function goTo(reader: Reader, key: string): Reader {
  const found = reader.text.indexOf(`${JSON.stringify(key)}:`, reader.at)
  return found < 0 ? reader : { ...reader, at: found }
}

/** Reports an error and its line. @throws BuildError lock.invalid */
export function refuse({ file, text, at }: Reader, what: string): never {
  const line = text.slice(0, at).split('\n').length
  return fail('lock.invalid', `${file}:${line}: the lock ${what}.`, {
    remedy: 'Restore the file from version control, or delete it and run `slipway lock FILE`.',
    detail: { file, line },
  })
}
