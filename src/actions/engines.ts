/** Container engines of this machine, for `doctor`. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Finding } from '../sandbox/doctor.ts'

const asked: Readonly<Record<string, readonly string[]>> = {
  docker: ['version', '--format', '{{.Server.Version}}'],
  podman: ['version', '--format', '{{.Client.Version}}'],
  ctr: ['version'],
}

/** Whether each engine answers. None is needed to build. */
export async function enginesOn(): Promise<readonly Finding[]> {
  return Promise.all(Object.entries(asked).map(([program, words]) => examine(program, words)))
}

async function examine(program: string, words: readonly string[]): Promise<Finding> {
  const about = `${program} (not needed to build)`
  try {
    const { stdout } = await promisify(execFile)(program, [...words], { timeout: 10_000 })
    return { about, works: true, said: stdout.trim().split('\n')[0] ?? '', remedies: [] }
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const said = isMissing ? 'is not installed' : 'does not answer'
    return { about, works: false, said, remedies: isMissing ? [] : [`Start it, to load images into ${program}.`] }
  }
}
