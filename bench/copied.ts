/**
 * The minimum that a Node program must do to send bytes in files: reads them, and writes them to standard output as slipway writes to a
 * pipe. Usage: copied.js FILE…
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { outputOf } from '../src/base/pump.ts'

const buffer = new Uint8Array(262_144)
using output = outputOf(1)
for (const file of process.argv.slice(2)) {
  const descriptor = openSync(file, 'r')
  for (let size = readSync(descriptor, buffer); size > 0; size = readSync(descriptor, buffer))
    await output.write(buffer.subarray(0, size))
  closeSync(descriptor)
}
