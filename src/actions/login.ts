/** `login` and `logout`: the only actions that write login files. */

import { checkString } from '../base/check.ts'
import { fail } from '../base/error.ts'
import { parseRegistry } from '../registry/name.ts'
import { actionChecks, checkCall, checkSecret, givenOptions, type OptionChecks } from './call.ts'
import { type ActionOptions, loginFilesFor, withRegistries } from './workshop.ts'

/** Options of `login`. */
export interface LoginOptions extends Pick<ActionOptions, 'registry' | 'signal'> {
  /** User name, without a colon. */
  readonly user: string
  /** Password or access token. */
  readonly password: string
}

const optionChecks: OptionChecks<LoginOptions> = { ...actionChecks, user: checkString, password: checkSecret }

/** Result of `login`. */
export interface LoginResult {
  /** Registry, as its login file names it. */
  readonly registry: string
  /** Path of the login file; the password itself may be with a credential helper that it names. */
  readonly file: string
}

/**
 * Checks a login with a registry and writes it to docker's login file, or to `registry.authFile`.
 *
 * @example
 * import { login } from 'slipway'
 *
 * await login('registry.example:5000', { user: 'ci', password: process.env.TOKEN ?? '' })
 * @param registry - host or host:port, as in image names; "docker.io" is Docker Hub.
 * @throws BuildError argument.invalid, registry.denied, registry.credentials, network.*
 */
export async function login(registry: string, options: LoginOptions): Promise<LoginResult> {
  checkCall('login', { registry, options }, { registry: checkString, options: givenOptions(optionChecks) })
  const { user, password } = options
  const domain = parseRegistry(registry)
  if (user === '' || user.includes(':'))
    fail('argument.invalid', `${JSON.stringify(user)} is not a valid user name.`, {
      remedy: 'Give a name without a colon.',
    })
  if (password === '')
    fail('argument.invalid', 'The password is empty.', { remedy: 'Check the file or the variable that it comes from.' })
  // The login file may not exist yet.
  const { authFile: _file, ...others } = options.registry ?? {}
  const settings = { ...others, credentials: { user, password, registry: domain } }
  await withRegistries({ ...options, registry: settings }, (registries) => registries.checkLogin(domain))
  const { written, environment } = await loginFilesFor(options)
  const { writeLogin } = await import('../registry/login-files.ts')
  await writeLogin(written, domain, { login: { user, password }, environment })
  return { registry: domain, file: written }
}

/**
 * Removes a login. Returns whether there was one.
 *
 * @example
 * import { logout } from 'slipway'
 *
 * await logout('registry.example:5000')
 * @param registry - host or host:port, as in image names; "docker.io" is Docker Hub.
 * @throws BuildError argument.invalid, registry.credentials
 */
export async function logout(registry: string, options: Pick<ActionOptions, 'registry'> = {}): Promise<boolean> {
  const settings = givenOptions({ registry: actionChecks.registry })
  checkCall('logout', { registry, options }, { registry: checkString, options: settings })
  const { removeLogin } = await import('../registry/login-files.ts')
  return removeLogin(parseRegistry(registry), await loginFilesFor(options))
}
