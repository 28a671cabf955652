/** `slipway login` and `slipway logout`: the only commands that write login files. */
import { buildCommand, type Command } from '@stricli/core'
import { fail } from '../base/error.ts'
import { type CommonFlags, type Context, commonFlags } from './context.ts'
import { type RegistryFlags, registryFlags, registrySettings } from './registry.ts'

type Flags = Omit<CommonFlags, 'store'> & Omit<RegistryFlags, 'creds' | 'mirror'>

interface LoginFlags extends Flags {
  readonly username?: string
  readonly passwordStdin?: boolean
}

async function logIn(this: Context, flags: LoginFlags, registry = 'docker.io'): Promise<void> {
  const { login } = await import('../actions/login.ts')
  const { user, password } = await askedLogin(flags)
  const { file } = await login(registry, { ...registrySettings(flags), signal: this.signal, user, password })
  this.print(`Logged in to ${registry} (${file})`)
}

/** The password is never a word of the command: every process could read it. */
async function askedLogin({ username, passwordStdin }: LoginFlags): Promise<{ user: string; password: string }> {
  const { askLine, isTerminal, readPassword } = await import('./read-secret.ts')
  if (passwordStdin !== true && !isTerminal())
    fail('argument.invalid', 'There is no terminal to ask for the password on.', {
      remedy: 'Give it on standard input: slipway login --username NAME --password-stdin < FILE.',
    })
  if (passwordStdin === true && username === undefined)
    fail('argument.invalid', 'There is no user name.', { remedy: 'Give --username NAME.' })
  const user = username ?? (await askLine('User: ', 'shown'))
  return { user, password: passwordStdin === true ? await readPassword() : await askLine('Password: ', 'hidden') }
}

async function logOut(this: Context, flags: Flags, registry = 'docker.io'): Promise<void> {
  const { logout } = await import('../actions/login.ts')
  const was = await logout(registry, registrySettings(flags))
  this.print(was ? `Logged out of ${registry}` : `There was no login to ${registry}`)
}

const positional = {
  kind: 'tuple',
  parameters: [
    {
      brief: 'The registry, as host or host:port; default docker.io',
      parse: String,
      placeholder: 'REGISTRY',
      optional: true,
    },
  ],
} as const

const { quiet, debug } = commonFlags
const { authfile, tlsVerify, certDir } = registryFlags
const shared = { authfile, tlsVerify, certDir, quiet, debug }

/** The command. */
export const loginRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Keep a login to a registry',
    fullDescription:
      "Asks the registry whether it takes the login, and keeps it in docker's login file (or --authfile), or with the credential helper that the file names.",
  },
  parameters: {
    positional,
    flags: {
      username: { kind: 'parsed', parse: String, brief: 'The user', placeholder: 'NAME', optional: true },
      passwordStdin: {
        kind: 'boolean',
        brief: 'Read the password from standard input',
        optional: true,
        withNegated: false,
      },
      ...shared,
    },
    aliases: { u: 'username' },
  },
  func: logIn,
})

/** The command. */
export const logoutRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Forget a login to a registry',
    fullDescription:
      "Takes the login out of podman's and docker's login files (or --authfile), and out of their helpers.",
  },
  parameters: { positional, flags: shared },
  func: logOut,
})
