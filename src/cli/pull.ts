/** `slipway pull`: copies an image from a registry into a file or a directory. */
import { buildCommand, type Command } from '@stricli/core'
import { printableJson } from '../base/printable.ts'
import { actionOptions, type CommonFlags, type Context, commonFlags, jsonFlag } from './context.ts'
import { type CopyFlags, copyFlags, copyOptions } from './copy.ts'
import { registryFlags } from './registry.ts'
import { goesToStandardOutput } from './standard-output.ts'

interface Flags extends CommonFlags, CopyFlags {
  readonly out: string
  readonly json?: boolean
}

async function run(this: Context, flags: Flags, name: string): Promise<void> {
  const isPrinted = goesToStandardOutput(flags.out)
  const { pull } = await import('../actions/pull.ts')
  const pulled = await pull(name, { out: flags.out, ...actionOptions(this, flags), ...copyOptions(flags) })
  if (!isPrinted) this.print(flags.json ? printableJson(pulled) : pulled.reference)
}

/** The command. */
export const pullRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Pull an image from a registry into a file or directory',
    fullDescription:
      'Pulls the image NAME into docker-archive:FILE, oci-archive:FILE or oci:DIRECTORY, or into a path, which is written as a docker-archive.',
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'Image in a registry, such as debian:bookworm-slim', parse: String, placeholder: 'NAME' }],
    },
    flags: {
      out: { kind: 'parsed', parse: String, brief: 'Place to write to', placeholder: 'PLACE' },
      ...copyFlags,
      json: jsonFlag,
      ...registryFlags,
      ...commonFlags,
    },
    aliases: { o: 'out' },
  },
  func: run,
})
