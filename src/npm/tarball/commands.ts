/** Commands of a package, from its package.json: npm converts scripts written on Windows to Unix line endings. */
import { posix } from 'node:path'
import { gather, type LocalContent } from '../../base/bytes.ts'
import { isPlainObject, jsonIn } from '../../base/document.ts'

/** Maps commands to files of a package, as npm reads the field `bin`; neither can leave the package. @param name - the package's */
export function commandsIn(bin: unknown, name: string): ReadonlyMap<string, string> {
  const found = Object.entries(isPlainObject(bin) ? bin : shorthand(bin, name)).flatMap(([key, file]) => {
    const command = posix.join('/', posix.basename(key.replace(/[\\:]/g, '/'))).slice(1)
    const target = typeof file === 'string' ? posix.join('/', file.replaceAll('\\', '/')).slice(1) : ''
    return command === '' || target === '' ? [] : [[command, target.replace(/\/$/, '')] as const]
  })
  return new Map(found)
}

function shorthand(bin: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof bin === 'string') return name === '' ? {} : { [name]: bin }
  if (!Array.isArray(bin)) return {}
  return Object.fromEntries(bin.flatMap((each) => (typeof each === 'string' ? [[posix.basename(each), each]] : [])))
}

/** Returns the files that are commands of a package, from the text of its package.json. */
export function commandFiles(manifest: Uint8Array): ReadonlySet<string> {
  const value = jsonIn(Buffer.from(manifest).toString('utf8'))
  if (!isPlainObject(value)) return new Set()
  return new Set(commandsIn(value.bin, typeof value.name === 'string' ? value.name : '').values())
}

/** Number of bytes of a script in which npm searches for the end of its first line. */
const firstLine = 2048

/** Removes the carriage return at the end of a script's first line; undefined for files without one. */
export function asUnixScript(content: LocalContent): Uint8Array | undefined {
  const start = startOf(content, firstLine)
  const end = /^#![^\n]+\r\n/.exec(Buffer.from(start).toString('latin1'))?.[0].length
  if (end === undefined) return undefined
  const whole = gather(content.open())
  return Buffer.concat([whole.subarray(0, end - 2), whole.subarray(end - 1)])
}

function startOf({ open }: LocalContent, size: number): Uint8Array {
  for (const chunk of open()) return chunk.subarray(0, size)
  return new Uint8Array()
}
