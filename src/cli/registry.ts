/** Flags of the commands that ask registries. */
import { parseCredentials } from '../actions/credentials.ts'
import type { RegistrySettings } from '../actions/registries.ts'

/** The flags as they are parsed. */
export interface RegistryFlags {
  readonly creds?: string
  readonly authfile?: string
  readonly tlsVerify?: boolean
  readonly certDir?: string
  readonly mirror?: readonly string[]
}

/** Their documentation, for stricli. */
export const registryFlags = {
  creds: {
    kind: 'parsed',
    // Parsed later: what is wrong with it must not be printed.
    parse: (text: string): string => text,
    brief: 'User and password, in place of those in login files',
    placeholder: 'USER:PASSWORD',
    optional: true,
  },
  authfile: {
    kind: 'parsed',
    parse: (text: string): string => text,
    brief: "The login file; default: podman's and docker's",
    placeholder: 'FILE',
    optional: true,
  },
  tlsVerify: {
    kind: 'boolean',
    brief: 'Verify certificates and refuse plain HTTP; default: yes, but on this machine',
    optional: true,
  },
  certDir: {
    kind: 'parsed',
    parse: (text: string): string => text,
    brief: 'A directory with *.crt, *.cert and *.key; default: certs.d',
    placeholder: 'DIR',
    optional: true,
  },
  mirror: {
    kind: 'parsed',
    parse: (text: string): string => text,
    brief: 'A mirror of Docker Hub, or of another registry, to read from first',
    placeholder: '[REGISTRY=]HOST',
    variadic: true,
    optional: true,
  },
} as const

/** What the actions take, from the flags. */
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
