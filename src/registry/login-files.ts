/**
 * Login files, docker's `config.json` and podman's `auth.json` (containers-auth.json(5)), which share one format.
 *
 * `auths` contains logins by registry, in podman's also by repository; `credHelpers` names a helper for a registry, `credsStore` one for
 * all.
 */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { isPlainObject, jsonIn } from '../base/document.ts'
import { fail, messageOf } from '../base/error.ts'
import { realPath } from '../base/real-path.ts'
import { makeDirectories } from '../store/make-directories.ts'
import { isMissing, readRegularFile } from '../store/regular-file.ts'
import { replaceFile } from '../store/whole-file.ts'
import { askHelper, forgetInHelper, type HelperOptions, tellHelper } from './credential-helper.ts'
import type { Login, Logins } from './login.ts'
import { registryAt } from './name.ts'

/** A user and a password, as passed to `login`. */
export type UserLogin = Extract<Login, { readonly user: string }>

/** Files to read, most preferred first, and how to start helpers. */
export interface LoginFiles extends HelperOptions {
  readonly files: readonly string[]
}

/** Logins from files: the first file that has one wins. */
export function loginsIn(given: LoginFiles): Logins {
  const asked = new Map<string, Promise<Login | undefined>>()
  return {
    find: (domain, path) => {
      const key = `${domain}/${path}`
      const known = asked.get(key) ?? findLogin(domain, path, given)
      asked.set(key, known)
      return known
    },
  }
}

/** Fails unless a login file that is asked for exists. @throws BuildError registry.credentials */
export function checkLoginFile(file: string): void {
  if (!existsSync(file)) refuse(file, 'does not exist')
}

/** Writes a login to a file, or passes it to the helper that the file names. @throws BuildError registry.credentials */
export async function writeLogin(
  file: string,
  domain: string,
  { login, ...options }: HelperOptions & { readonly login: UserLogin },
): Promise<void> {
  const config = readConfig(file) ?? {}
  const server = serverOf(domain)
  const helper = helperFor(config, domain)
  if (helper !== undefined) await tellHelper(helper, server, { login, ...options })
  const auth = Buffer.from(`${login.user}:${login.password}`, 'utf8').toString('base64')
  const auths = { ...without(objectAt(config, 'auths'), domain), [server]: helper === undefined ? { auth } : {} }
  await writeConfig(file, { ...config, auths })
}

/** Removes a login from each file, and from the helpers that they name; tells whether there was one. */
export async function removeLogin(domain: string, { files, ...options }: LoginFiles): Promise<boolean> {
  let found = false
  for (const file of files) {
    const config = readConfig(file)
    if (config === undefined) continue
    const helper = helperFor(config, domain)
    if (helper !== undefined) {
      found ||= (await askHelper(helper, serverOf(domain), options)) !== undefined
      await forgetInHelper(helper, serverOf(domain), options)
    }
    const auths = objectAt(config, 'auths')
    const kept = without(auths, domain)
    if (Object.keys(kept).length === Object.keys(auths).length) continue
    found = true
    await writeConfig(file, { ...config, auths: kept })
  }
  return found
}

type Config = Readonly<Record<string, unknown>>

async function findLogin(domain: string, path: string, { files, ...options }: LoginFiles): Promise<Login | undefined> {
  for (const file of files) {
    const config = readConfig(file)
    if (config === undefined) continue
    const helper = helperFor(config, domain)
    const kept = helper === undefined ? undefined : await askHelper(helper, serverOf(domain), options)
    const found = kept ?? loginIn(config, { domain, path, file })
    if (found !== undefined) return found
  }
  return undefined
}

function loginIn(
  config: Config,
  { domain, path, file }: { readonly domain: string; readonly path: string; readonly file: string },
): Login | undefined {
  const entries = new Map(Object.entries(objectAt(config, 'auths')).map(([key, value]) => [registryAt(key), value]))
  const parts = path.split('/')
  for (let length = parts.length; length >= 0; length--) {
    const value = entries.get([domain, ...parts.slice(0, length)].join('/'))
    const login = isPlainObject(value) ? entryLogin(value, file) : undefined
    if (login !== undefined) return login
  }
  return undefined
}

function entryLogin(entry: Config, file: string): Login | undefined {
  const text = (key: string): string | undefined => {
    const value = entry[key]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const [identityToken, registryToken] = [text('identitytoken'), text('registrytoken')]
  if (registryToken !== undefined) return { registryToken }
  if (identityToken !== undefined) return { identityToken }
  const auth = text('auth')
  if (auth === undefined) {
    const [user, password] = [text('username'), text('password')]
    return user === undefined || password === undefined ? undefined : { user, password }
  }
  const plain = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '')
  const colon = plain.indexOf(':')
  if (colon < 0) return refuse(file, 'holds an `auth` that is not user:password in base64')
  return { user: plain.slice(0, colon), password: plain.slice(colon + 1) }
}

function helperFor(config: Config, domain: string): string | undefined {
  const helpers = Object.entries(objectAt(config, 'credHelpers'))
  const own = helpers.find(([key]) => registryAt(key) === domain)?.[1]
  const helper = own ?? config.credsStore
  return typeof helper === 'string' && helper !== '' ? helper : undefined
}

/** Key of a registry in docker's files and for its helpers: `host:port`, and an old address for Docker Hub. */
function serverOf(domain: string): string {
  return domain === 'docker.io' ? 'https://index.docker.io/v1/' : domain
}

function without(auths: Config, domain: string): Config {
  return Object.fromEntries(Object.entries(auths).filter(([key]) => registryAt(key) !== domain))
}

function objectAt(config: Config, key: string): Config {
  const value = config[key]
  return isPlainObject(value) ? value : {}
}

function readConfig(file: string): Config | undefined {
  let text: string
  try {
    text = readRegularFile(file).toString('utf8')
  } catch (cause) {
    if (isMissing(cause)) return undefined
    return refuse(file, `cannot be read: ${messageOf(cause)}`)
  }
  if (text.trim() === '') return {}
  const value = jsonIn(text)
  return isPlainObject(value) ? value : refuse(file, 'is not a JSON object')
}

async function writeConfig(file: string, config: Config): Promise<void> {
  try {
    makeDirectories(dirname(file), 0o700)
    const text = `${JSON.stringify(config, null, '\t')}\n`
    // A login file may be a link, as programs create that keep settings elsewhere.
    replaceFile(realPath(file), Buffer.from(text, 'utf8'), { mode: 0o600 })
  } catch (cause) {
    refuse(file, `cannot be written: ${messageOf(cause)}`)
  }
}

function refuse(file: string, what: string): never {
  return fail('registry.credentials', `The login file ${file} ${what}.`, {
    remedy: 'Correct it, or choose another with --authfile.',
    detail: { file },
  })
}
