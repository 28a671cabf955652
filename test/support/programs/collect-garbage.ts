/** Collects the garbage of the store named by the first argument and prints what went as JSON. */
import { collectGarbage } from '../../../src/store/collect.ts'

process.stdout.write(JSON.stringify(await collectGarbage(process.argv[2] ?? '', { now: 0 })))
