/** `slipway digest` and `slipway tags`: look up a name in a registry. */
import { buildCommand, type Command } from '@stricli/core'
import { printable, printableJson } from '../base/printable.ts'
import { type CommonFlags, type Context, commonFlags, jsonFlag } from './context.ts'
import { textFlag } from './flags.ts'
import { type RegistryFlags, registryFlags, registrySettings } from './registry.ts'

interface Flags extends Omit<CommonFlags, 'store'>, RegistryFlags {
  readonly json?: boolean
}

async function printDigest(this: Context, flags: Flags & { readonly platform?: string }, name: string): Promise<void> {
  const { digest } = await import('../actions/digest.ts')
  const { platform, json } = flags
  const options = { ...registrySettings(flags), signal: this.signal, ...(platform === undefined ? {} : { platform }) }
  const resolved = await digest(name, options)
  this.print(json ? printableJson(resolved) : resolved.digest)
}

async function printTags(this: Context, flags: Flags, name: string): Promise<void> {
  const { tags } = await import('../actions/tags.ts')
  const found = await tags(name, { ...registrySettings(flags), signal: this.signal })
  if (flags.json || found.length > 0)
    this.print(flags.json ? printableJson(found) : found.map((tag) => printable(tag)).join('\n'))
}

const positional = (brief: string) =>
  ({ kind: 'tuple', parameters: [{ brief, parse: String, placeholder: 'NAME' }] }) as const

const { quiet, verbose, debug } = commonFlags
const shared = { json: jsonFlag, ...registryFlags, quiet, verbose, debug }

/** The command. */
export const digestRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Print the digest of an image in a registry',
    fullDescription:
      'Prints the digest of the manifest or index NAME; with --platform, of the manifest for one platform. Nothing is pulled.',
  },
  parameters: {
    positional: positional('Image in a registry, such as debian:bookworm-slim'),
    flags: {
      platform: textFlag('Platform whose manifest is looked for in an index', 'OS/ARCH'),
      ...shared,
    },
  },
  func: printDigest,
})

/** The command. */
export const tagsRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'List the tags of a repository',
    fullDescription: 'Prints the tags of a repository, one on each line.',
  },
  parameters: { positional: positional('Repository, such as debian or registry.example/team/redis'), flags: shared },
  func: printTags,
})
