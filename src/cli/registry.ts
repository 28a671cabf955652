/** Flags of the commands that use registries. */
import { parseCredentials } from '../actions/credentials.ts'
import type { RegistrySettings } from '../actions/registries.ts'
import { type TextFlag, type TextsFlag, textFlag, textsFlag } from './flags.ts'

/** Values of the flags. */
export interface RegistryFlags {
  readonly creds?: string
  readonly authfile?: string
  readonly tlsVerify?: boolean
  readonly certDir?: string
  readonly mirror?: readonly string[]
}

const tlsVerifyFlag = {
  kind: 'boolean',
  brief: 'Verify certificates and refuse plain HTTP; default: yes, except for this machine',
  optional: true,
} as const

/** The flags. */
export const registryFlags: Readonly<
  Record<'creds' | 'authfile' | 'certDir', TextFlag> &
    Record<'tlsVerify', typeof tlsVerifyFlag> &
    Record<'mirror', TextsFlag>
> = {
  // Parsed later, since stricli prints a value that it cannot parse, and this one is secret.
  creds: textFlag(
    'User and password for the registry that the command names, instead of those in login files',
    'USER:PASSWORD',
  ),
  authfile: textFlag("Login file; default: podman's and docker's", 'FILE'),
  tlsVerify: tlsVerifyFlag,
  certDir: textFlag('Directory with *.crt, *.cert and *.key; default: certs.d', 'DIR'),
  mirror: textsFlag('Mirror of Docker Hub, or of another registry, to read from first', '[REGISTRY=]HOST'),
}

/** Returns the settings that the flags give. */
export function registrySettings({ creds, authfile, tlsVerify, certDir, mirror }: RegistryFlags): {
  readonly registry: RegistrySettings
} {
  return {
    registry: {
      ...(creds === undefined ? {} : { credentials: parseCredentials(creds) }),
      ...(authfile === undefined ? {} : { authFile: authfile }),
      ...(tlsVerify === undefined ? {} : { tlsVerify }),
      ...(certDir === undefined ? {} : { certDir }),
      ...(mirror === undefined ? {} : { mirrors: mirror }),
    },
  }
}
