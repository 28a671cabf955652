/** Credential helpers: programs named `docker-credential-NAME` that keep logins (docker-credential-helpers' protocol). */
import { spawn } from 'node:child_process'
import { isPlainObject, jsonIn } from '../base/document.ts'
import { errorCode, fail } from '../base/error.ts'
import type { Login } from './login.ts'

/** How to start programs. */
export interface HelperOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Maximum size of a helper's output, in bytes. */
const mostOutput = 1_048_576
/** How long a helper may wait for its user, in milliseconds. */
const patienceMilliseconds = 120_000

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
  { environment }: HelperOptions,
): Promise<HelperAnswer> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return refuse(name, 'is not a valid name')
  return new Promise((resolve, reject) => {
    const child = spawn(`docker-credential-${name}`, [verb], {
      env: { ...environment },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const timer = setTimeout(() => child.kill(), patienceMilliseconds).unref()
    const chunks: Buffer[] = []
    let size = 0
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > mostOutput) child.kill()
      else chunks.push(chunk)
    })
    child.once('error', (cause) => reject(notStarted(name, cause)))
    child.once('close', (status) => {
      clearTimeout(timer)
      resolve({ status: status ?? -1, output: Buffer.concat(chunks).toString('utf8') })
    })
    // A helper that exits before reading everything reports it in its status.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

function notStarted(name: string, cause: unknown): unknown {
  try {
    return refuse(name, errorCode(cause) === 'ENOENT' ? 'is not installed' : 'cannot be started')
  } catch (failure) {
    return failure
  }
}

function refuse(name: string, what: string): never {
  return fail(
    'registry.credentials',
    `The credential helper docker-credential-${JSON.stringify(name).slice(1, -1)} ${what}.`,
    {
      remedy: 'Install it, or remove it from the login file (`credsStore` and `credHelpers`).',
      detail: { helper: name },
    },
  )
}
