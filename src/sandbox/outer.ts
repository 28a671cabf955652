/**
 * Runs processes in their own namespaces, in which this user may mount: user_namespaces(7), mount_namespaces(7).
 *
 * Root needs no user namespace. An ordinary user is root in one: with a range of ids if /etc/subuid grants one (newuidmap(1)), otherwise
 * only with the own id. The first line on standard input signals that the ids are mapped; the rest is the script's own input.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { Readable, type Writable } from 'node:stream'
import { BuildError, messageOf } from '../base/error.ts'
import { endProcessesBelow } from './left-processes.ts'

/** Ids inside: all of the machine's; 0 and a range; or only 0. "none": no namespaces at all. */
export type Ids = 'root' | 'ranges' | 'single' | 'none'

/** Search path for programs of the machine, whatever the environment. */
export const machinePath: string =
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/wrappers/bin:/run/current-system/sw/bin'

/** Environment of slipway's own programs. */
const plainEnvironment: Readonly<Record<string, string>> = { PATH: machinePath, LC_ALL: 'C', TZ: 'UTC0' }

/** A shell script with its input and output. */
export interface Inside {
  readonly ids: Ids
  /** For `sh -e`. */
  readonly script: string
  readonly folder: string
  /** A chunk is written before the next is requested. */
  readonly input?: Iterable<Uint8Array>
  readonly signal: AbortSignal
  /** Called with all output, as it arrives. */
  readonly said?: (chunk: Uint8Array) => void
}

/** Result of a script. */
export interface Ended {
  /** Exit status, or 128 plus the signal's number. */
  readonly status: number
  /** Last 64 KiB of its output. */
  readonly said: string
  /** First 64 KiB written to descriptor 3. */
  readonly reported: string
}

const kept = 65_536

/**
 * Runs a script in its own namespaces, which end with all their processes when it ends, or when this process does. @throws the signal's
 * reason, and errors of the input
 */
export async function runInside(inside: Inside): Promise<Ended> {
  const { ids, script, folder, signal } = inside
  signal.throwIfAborted()
  // pdeathsig is set after the change of ids, which would reset it.
  const start = 'read -r go; exec setpriv --pdeathsig KILL -- sh -ec "$1"'
  const [program = '', ...words] = [...namespaces(ids), 'sh', '-ec', start, 'sh', script]
  const child = spawn(program, words, {
    cwd: folder,
    env: plainEnvironment,
    // In a process group of its own, so that everything can be killed together even without namespaces.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  const [stdin, stdout, stderr, reports] = child.stdio
  if (stdin === null || stdout === null || stderr === null || !(reports instanceof Readable))
    throw new Error('unreachable: a child without pipes')
  const stop = (): void => {
    endGroup(child.pid)
  }
  signal.addEventListener('abort', stop, { once: true })
  const ending = once(child, 'close')
  // A remaining process would keep the pipes open, and without namespaces nothing else ends it.
  if (ids === 'none') child.once('exit', () => void endProcessesBelow(folder))
  const said = tail(inside.said)
  let reported = Buffer.alloc(0)
  stdout.on('data', said.add)
  stderr.on('data', said.add)
  reports.on('data', (chunk: Uint8Array) => {
    reported = Buffer.concat([reported, chunk.subarray(0, kept - reported.length)])
  })
  // The process may exit before reading everything; its status explains why.
  stdin.on('error', () => {})
  try {
    if (ids === 'ranges' && child.pid !== undefined) await mapRanges(child.pid)
    stdin.write('go\n')
    await feed(inside.input ?? [], stdin)
    const [status, killedBy]: readonly unknown[] = await ending
    signal.throwIfAborted()
    return {
      status: typeof status === 'number' ? status : 128 + (killedBy === 'SIGKILL' ? 9 : 15),
      said: said.text(),
      reported: reported.toString('utf8'),
    }
  } catch (error) {
    stop()
    await ending.catch(() => {})
    signal.throwIfAborted()
    if (error instanceof BuildError) throw error
    return { status: 127, said: messageOf(error), reported: '' }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function namespaces(ids: Ids): readonly string[] {
  if (ids === 'none') return []
  const user = { root: [], ranges: ['--user'], single: ['--user', '--map-root-user'] }[ids]
  return ['unshare', ...user, '--mount', '--propagation', 'private', '--']
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // All processes have ended already.
  }
}

/** Writes chunks one by one, so that they may share a buffer. */
async function feed(input: Iterable<Uint8Array>, stdin: Writable): Promise<void> {
  for (const chunk of input) if (!(await isWritten(chunk, stdin))) return
  stdin.end()
}

/** Whether the process still reads. */
function isWritten(chunk: Uint8Array, stdin: Writable): Promise<boolean> {
  return new Promise((resolve) => stdin.write(chunk, (error) => resolve(error === null || error === undefined)))
}

function tail(pass: Inside['said']): { add(chunk: Uint8Array): void; text(): string } {
  let bytes = Buffer.alloc(0)
  return {
    add(chunk) {
      pass?.(chunk)
      bytes = Buffer.concat([bytes, chunk]).subarray(-kept)
    },
    text: () => bytes.toString('utf8'),
  }
}

/** Ranges that /etc/subuid or /etc/subgid grants this user, first line first (subuid(5)). */
export function grantedRange(
  file: '/etc/subuid' | '/etc/subgid',
): { readonly start: number; readonly count: number } | undefined {
  const { username, uid } = userInfo()
  const text = readOrNothing(file)
  for (const line of text.split('\n')) {
    const [owner, start, count] = line.trim().split(':')
    if ((owner === username || owner === String(uid)) && Number(count) > 0)
      return { start: Number(start), count: Number(count) }
  }
  return undefined
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Highest id available inside. */
export function mostId(ids: Ids): number {
  if (ids === 'root' || ids === 'none') return 2 ** 32 - 2
  if (ids === 'single') return 0
  return Math.min(...(['/etc/subuid', '/etc/subgid'] as const).map((file) => grantedRange(file)?.count ?? 0))
}

async function mapRanges(pid: number): Promise<void> {
  const { uid, gid } = userInfo()
  await mapRange('newuidmap', pid, { own: uid, file: '/etc/subuid' })
  await mapRange('newgidmap', pid, { own: gid, file: '/etc/subgid' })
}

async function mapRange(
  program: string,
  pid: number,
  { own, file }: { readonly own: number; readonly file: '/etc/subuid' | '/etc/subgid' },
): Promise<void> {
  const range = grantedRange(file)
  if (range === undefined) throw new Error(`${file} has no line for this user`)
  const words = [pid, 0, own, 1, 1, range.start, range.count].map(String)
  // The namespace exists once the child has left the parent's: until then the call fails.
  for (let left = 200; ; left--) {
    const child = spawn(program, words, { env: plainEnvironment, stdio: ['ignore', 'ignore', 'pipe'] })
    const said: Uint8Array[] = []
    child.stderr.on('data', (chunk: Uint8Array) => said.push(chunk))
    const [status]: readonly unknown[] = await once(child, 'close')
    if (status === 0) return
    if (left === 0) throw new Error(`${program}: ${Buffer.concat(said).toString('utf8').trim()}`)
  }
}

/** Quotes a word for sh. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
