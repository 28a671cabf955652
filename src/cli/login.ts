/** `slipway login` and `slipway logout`: the only commands that write login files. */
import { buildCommand, type Command } from '@stricli/core'
import { fail } from '../base/error.ts'
import { type CommonFlags, type Context, commonFlags } from './context.ts'
import { switchFlag, textFlag } from './flags.ts'
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

/** Reads the user name and the password. The password is never an argument, since every process could read it. */
async function askedLogin({ username, passwordStdin }: LoginFlags): Promise<{ user: string; password: string }> {
  const { askLine, isTerminal, readPassword } = await import('./read-secret.ts')
  if (passwordStdin !== true && !isTerminal())
    fail('argument.invalid', 'The password cannot be asked for: standard input is not a terminal.', {
      remedy: 'Give it on standard input: slipway login --username NAME --password-stdin < FILE.',
    })
  if (passwordStdin === true && username === undefined)
    fail('argument.invalid', '--password-stdin needs a user name.', { remedy: 'Add --username NAME.' })
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
      brief: 'Registry, as host or host:port; default: docker.io',
      parse: String,
      placeholder: 'REGISTRY',
      optional: true,
    },
  ],
} as const

const { quiet, verbose, debug } = commonFlags
const { authfile, tlsVerify, certDir } = registryFlags
const shared = { authfile, tlsVerify, certDir, quiet, verbose, debug }

/** The command. */
export const loginRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Log in to a registry',
    fullDescription:
      "Checks the login with the registry, and writes it to docker's login file (or --authfile), or to the credential helper that the file names.",
  },
  parameters: {
    positional,
    flags: {
      username: textFlag('User name', 'NAME'),
      passwordStdin: switchFlag('Read the password from standard input'),
      ...shared,
    },
    aliases: { u: 'username' },
  },
  func: logIn,
})

/** The command. */
export const logoutRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Log out of a registry',
    fullDescription:
      "Removes the login from podman's and docker's login files (or --authfile), and from their credential helpers.",
  },
  parameters: { positional, flags: shared },
  func: logOut,
})
