/** `--creds`. */
import { fail } from '../base/error.ts'
import { parseLogin } from '../registry/login.ts'
import type { RegistrySettings } from './registries.ts'

/** Reads a user and a password. @throws BuildError argument.invalid - without saying what was given */
export function parseCredentials(text: string): NonNullable<RegistrySettings['credentials']> {
  const login = parseLogin(text)
  if (login !== undefined && 'user' in login) return login
  return fail('argument.invalid', '--creds is not a user and a password.', { remedy: 'Write it as user:password.' })
}
