/** `login` and `logout`: the only actions that write login files. */

import { fail } from '../base/error.ts'
import { watchOf } from '../base/event.ts'
import { removeLogin, writeLogin } from '../registry/login-files.ts'
import { domainOf } from '../registry/name.ts'
import { type ActionOptions, loginFilesFor, registriesFor } from './workshop.ts'

/** What `login` takes besides the registry. */
export interface LoginOptions extends Pick<ActionOptions, 'registry' | 'signal'> {
  readonly user: string
  readonly password: string
}

/** Where a login was written. */
export interface LoggedIn {
  readonly registry: string
  /** The login file; the password itself may be with a credential helper that it names. */
  readonly file: string
}

/**
 * Keeps a login, once the registry has taken it, in docker's login file or the one given as `registry.authFile`.
 *
 * @param registry - as names of images have it: "registry.example:5000"; "docker.io" is Docker Hub.
 * @throws BuildError registry.denied, registry.credentials, network.*
 */
export async function login(registry: string, options: LoginOptions): Promise<LoggedIn> {
  const { user, password } = options
  const domain = parseDomain(registry)
  if (user === '' || user.includes(':'))
    fail('argument.invalid', `${JSON.stringify(user)} is not a valid user name.`, {
      remedy: 'Give a name without a colon.',
    })
  const credentials = { user, password }
  const settings = { ...options.registry, credentials }
  await (await registriesFor({ registry: settings }, watchOf(options))).checkLogin(domain)
  const { written, environment } = await loginFilesFor(options)
  await writeLogin(written, domain, { login: credentials, environment })
  return { registry: domain, file: written }
}

/** Forgets a login; tells whether there was one. @throws BuildError registry.credentials */
export async function logout(registry: string, options: Pick<ActionOptions, 'registry'> = {}): Promise<boolean> {
  return removeLogin(parseDomain(registry), await loginFilesFor(options))
}

function parseDomain(text: string): string {
  return (
    domainOf(text) ??
    fail('argument.invalid', `${JSON.stringify(text)} is not a valid registry.`, {
      remedy: 'Write it as host or host:port; Docker Hub is docker.io.',
    })
  )
}
