/** Unpacks xz by the program when no descriptor is free, and prints the code of the failure. Run it with a low limit of open files. */
import { openSync } from 'node:fs'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { errorCode } from '../../../src/base/error.ts'
import { openInput } from '../../../src/format/compression/input.ts'
import { unxz } from '../../../src/format/compression/xz.ts'

// Loaded before there is no descriptor left to load it with.
await text(Readable.from([]))
try {
  for (;;) openSync(import.meta.filename, 'r')
} catch {
  // None is left.
}
try {
  for await (const _ of unxz(openInput([Buffer.from('x')]), async () => undefined));
} catch (error) {
  process.stdout.write(`${errorCode(error)}\n`)
}
