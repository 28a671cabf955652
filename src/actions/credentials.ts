/** Credentials on the command line, `--creds`. */
import { fail } from '../base/error.ts'
import { parseLogin } from '../registry/login.ts'
import type { RegistrySettings } from './registries.ts'

/** Parses `user:password`. @throws BuildError argument.invalid - the message omits the value */
export function parseCredentials(text: string): NonNullable<RegistrySettings['credentials']> {
  const login = parseLogin(text)
  if (login !== undefined && 'user' in login) return login
  return fail('argument.invalid', '--creds is not a valid login.', { remedy: 'Write it as user:password.' })
}
