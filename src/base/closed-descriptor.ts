/** Detects whether a standard descriptor was closed when the process started. */
import { fstatSync, readFileSync } from 'node:fs'

/** Device number of the null device on Linux: major 1, minor 3. */
const nullDevice = 0x103
const accessMode = 0o3
const readWrite = 0o2

/**
 * Tells whether a standard descriptor was closed (`>&-`). Node opens the null device in its place, for reading and writing, which a shell's
 * `> /dev/null` does not; a parent process that passes such a null device is indistinguishable. False without /proc.
 */
export function wasClosed(descriptor: 0 | 1 | 2): boolean {
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isCharacterDevice() || stats.rdev !== nullDevice) return false
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & accessMode) === readWrite
  } catch {
    return false
  }
}
