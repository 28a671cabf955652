/** Credential helpers: programs named `docker-credential-NAME` that keep logins (docker-credential-helpers' protocol). */
import { spawn } from 'node:child_process'
import { isPlainObject, jsonIn } from '../base/document.ts'
import { BuildError, errorCode, messageOf } from '../base/error.ts'
import type { Login } from './login.ts'

/** How to start programs. */
export interface HelperOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Signal that ends a program. Default: none. */
  readonly signal?: AbortSignal
  /** How long a program may take, in milliseconds; it may have to ask its user. Default: 60,000. */
  readonly patience?: number
}

/** Maximum size of a helper's output, in bytes. */
const mostOutput = 1_048_576

/** Gets the login for a server from a helper. @throws BuildError registry.credentials */
export async function askHelper(name: string, server: string, options: HelperOptions): Promise<Login | undefined> {
  const answer = await runHelper(name, ['get', server], options)
  if (answer.status !== 0) {
    // The protocol has no code for "not found", only this message.
    if (/credentials not found/i.test(answer.output)) return undefined
    return refuse(name, `failed with status ${answer.status}`)
  }
  const value = jsonIn(answer.output)
  const { Username: user, Secret: secret } = isPlainObject(value) ? value : {}
  if (typeof user !== 'string' || typeof secret !== 'string') return refuse(name, 'did not print a login')
  return user === '<token>' ? { identityToken: secret } : { user, password: secret }
}

/** Stores a login in a helper. @throws BuildError registry.credentials */
export async function tellHelper(
  name: string,
  server: string,
  { login, ...options }: HelperOptions & { readonly login: { readonly user: string; readonly password: string } },
): Promise<void> {
  const input = JSON.stringify({ ServerURL: server, Username: login.user, Secret: login.password })
  const { status } = await runHelper(name, ['store', input], options)
  if (status !== 0) refuse(name, `failed with status ${status}`)
}

/** Erases a login from a helper, if it has one. @throws BuildError registry.credentials */
export async function forgetInHelper(name: string, server: string, options: HelperOptions): Promise<void> {
  await runHelper(name, ['erase', server], options)
}

interface HelperAnswer {
  readonly status: number
  readonly output: string
}

/** Runs a helper; passes secrets on its standard input, never as arguments. */
function runHelper(
  name: string,
  [verb, input]: readonly [verb: string, input: string],
  { environment, signal, patience = 60_000 }: HelperOptions,
): Promise<HelperAnswer> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return refuse(name, 'is not a valid name')
  return new Promise((resolve, reject) => {
    const child = spawn(`docker-credential-${name}`, [verb], {
      env: { ...environment },
      stdio: ['pipe', 'pipe', 'ignore'],
      killSignal: 'SIGKILL',
      ...(signal === undefined ? {} : { signal }),
    })
    let limit: string | undefined
    const end = (reached: string): void => {
      limit = reached
      child.kill('SIGKILL')
      // Programs that it started may keep its output open.
      child.stdout.destroy()
    }
    const timer = setTimeout(() => end(`took longer than ${patience / 1000} s`), patience)
    const chunks: Buffer[] = []
    let size = 0
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > mostOutput) end(`printed more than ${mostOutput} bytes`)
      else chunks.push(chunk)
    })
    child.once('error', (cause) => {
      clearTimeout(timer)
      reject(signal?.aborted === true ? signal.reason : failure(name, whyNotStarted(cause)))
    })
    child.once('close', (status, by) => {
      clearTimeout(timer)
      const output = Buffer.concat(chunks).toString('utf8')
      if (limit !== undefined || status === null) reject(failure(name, limit ?? `was ended by ${by}`))
      else resolve({ status, output })
    })
    // A helper that exits before reading everything reports it in its status.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

function whyNotStarted(cause: unknown): string {
  return errorCode(cause) === 'ENOENT' ? 'is not installed' : `cannot be started: ${messageOf(cause)}`
}

function refuse(name: string, what: string): never {
  throw failure(name, what)
}

function failure(name: string, what: string): BuildError {
  const program = `docker-credential-${JSON.stringify(name).slice(1, -1)}`
  const remedy = 'Install or repair it, or remove it from the login file (`credsStore` and `credHelpers`).'
  return new BuildError('registry.credentials', `The credential helper ${program} ${what}. ${remedy}`, { helper: name })
}
