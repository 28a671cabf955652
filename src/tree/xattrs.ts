/** Extended attributes of an open file, which Node itself does not expose. The native module is loaded on first use. */
import { createRequire } from 'node:module'

/** The part of fs-native-extensions that is used here; it has no types of its own. */
interface Extensions {
  listAttrsSync(descriptor: number): readonly string[]
  getAttrSync(descriptor: number, name: string): Uint8Array | null
  setAttrSync(descriptor: number, name: string, value: Uint8Array): void
}

let loaded: Extensions | undefined

/** Attributes that `wanted` accepts, by sorted name. */
export function readXattrs(descriptor: number, wanted: (name: string) => boolean): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>()
  for (const name of [...extensions().listAttrsSync(descriptor)].filter(wanted).sort()) {
    const value = extensions().getAttrSync(descriptor, name)
    if (value !== null) found.set(name, value)
  }
  return found
}

/** Tells whether a file has an attribute; false if the file system has none or the machine lacks the native module. */
export function hasXattr(descriptor: number, name: string): boolean {
  try {
    return extensions().listAttrsSync(descriptor).includes(name)
  } catch {
    return false
  }
}

/** Sets the given attributes; keeps all others. */
export function writeXattrs(descriptor: number, xattrs: ReadonlyMap<string, Uint8Array>): void {
  for (const [name, value] of xattrs) extensions().setAttrSync(descriptor, name, value)
}

function extensions(): Extensions {
  if (loaded === undefined) {
    const module: Extensions = createRequire(import.meta.url)('fs-native-extensions')
    loaded = module
  }
  return loaded
}
