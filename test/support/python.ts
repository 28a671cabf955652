/** Python's `tarfile` as a reference: one process answers a list of requests, JSON in, JSON out; bytes are hexadecimal. */
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Why Python cannot be used here, or false. nixpkgs' bytes are those of 3.11; later versions write device numbers differently. */
export const noPython: string | false = reasonAgainst()

/** Runs one of the scripts in test/support/ on `input`; its output is JSON. */
export function askPython(script: string, input: object): unknown {
  const output = execFileSync('python3', ['-X', 'utf8', join(import.meta.dirname, script)], {
    input: JSON.stringify(input),
    maxBuffer: 2 ** 30,
  })
  return JSON.parse(output.toString())
}

function reasonAgainst(): string | false {
  const { stdout } = spawnSync('python3', ['--version'], { encoding: 'utf8' })
  return /^Python 3\.11\./.test(stdout ?? '') ? false : 'needs python3 of version 3.11'
}
