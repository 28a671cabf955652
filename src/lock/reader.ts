/** Reads the JSON of a lock strictly: every complaint names the file and the line. */
import { isPlainObject } from '../base/document.ts'
import { fail, messageOf } from '../base/error.ts'

/** What is read, and how far: to say the line of what is wrong. */
export interface Reader {
  readonly file: string
  readonly text: string
  readonly at: number
}

/** The document. */
export function parseJson(reader: Reader): unknown {
  if (reader.text.startsWith('\u{feff}')) refuse(reader, 'begins with a byte order mark, which JSON does not allow')
  try {
    const value: unknown = JSON.parse(reader.text)
    return value
  } catch (cause) {
    const start = placeOf(messageOf(cause), reader.text)
    return refuse({ ...reader, at: start }, `is not JSON (${messageOf(cause)})`)
  }
}

/** Where the engine's message says the text goes wrong: by line, or by ten characters on either side. */
function placeOf(message: string, text: string): number {
  const line = /\(line (\d+) /.exec(message)?.[1]
  if (line !== undefined) return text.split('\n', Number(line)).join('\n').length
  const around = /\.\.\."(.*)"\.\.\. is not valid JSON$/s.exec(message)?.[1]
  const found = around === undefined ? -1 : text.indexOf(around)
  return found < 0 ? text.length : found + 10
}

/** An object. */
export function fieldsOf(reader: Reader, value: unknown, what: string): Readonly<Record<string, unknown>> {
  return isPlainObject(value) ? value : refuse(reader, `has for ${what} no object`)
}

/** An array. */
export function listOf(reader: Reader, value: unknown, what: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(reader, `has for ${what} no list`)
}

/** An array of strings. */
export function textsOf(reader: Reader, value: unknown, what: string): readonly string[] {
  return listOf(reader, value, what).map((each) => textOf(reader, each, what))
}

/** A string with something in it. */
export function textOf(reader: Reader, value: unknown, what: string): string {
  return typeof value === 'string' && value !== '' ? value : refuse(reader, `has no ${what}`)
}

/** The reader at a key further on. */
export function goTo(reader: Reader, key: string): Reader {
  const found = reader.text.indexOf(`${JSON.stringify(key)}:`, reader.at)
  return found < 0 ? reader : { ...reader, at: found }
}

/** Says what is wrong, and in which line. @throws BuildError lock.invalid */
export function refuse({ file, text, at }: Reader, what: string): never {
  const line = text.slice(0, at).split('\n').length
  return fail('lock.invalid', `${file}:${line}: the lock ${what}.`, {
    remedy: 'Restore the file from version control, or delete it and run `slipway lock FILE`.',
    detail: { file, line },
  })
}
