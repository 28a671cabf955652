/** `slipway resolve`: names with digests for references to images in YAML files. */
import { buildCommand, type Command } from '@stricli/core'
import type { ResolveOptions } from '../actions/resolve.ts'
import { printableJson } from '../base/printable.ts'
import { actionOptions, type BuildingFlags, buildingFlags, type Context, jsonFlag } from './context.ts'
import { compressorFlag, switchFlag, textFlag, textsFlag } from './flags.ts'
import { type RegistryFlags, registryFlags, registrySettings } from './registry.ts'

interface Flags extends BuildingFlags, RegistryFlags {
  readonly filename: readonly string[]
  readonly set?: readonly string[]
  readonly recursive?: boolean
  readonly output?: string
  readonly compressor?: NonNullable<ResolveOptions['compressor']>
  readonly json?: boolean
}

async function run(this: Context, flags: Flags): Promise<void> {
  const { filename, set, recursive, output, compressor, json } = flags
  const { resolve } = await import('../actions/resolve.ts')
  const resolved = await resolve(filename, {
    ...actionOptions(this, flags),
    ...registrySettings(flags),
    ...(set === undefined ? {} : { set }),
    ...(recursive === undefined ? {} : { recursive }),
    ...(compressor === undefined ? {} : { compressor }),
  })
  if (output !== undefined) {
    const { writeProjectFile } = await import('../actions/project.ts')
    await writeProjectFile(output, Buffer.from(resolved.text, 'utf8'))
  }
  if (json) this.print(printableJson(resolved))
  else if (output === undefined) this.print(resolved.text.replace(/\n$/, ''))
}

/** The command. */
export const resolveRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Replace slipway://FILE#NAME in YAML files by name@digest of pushed images',
    fullDescription:
      'Builds and pushes every image that a YAML or JSON file refers to as slipway://FILE#NAME, and prints the files with name@digest in place of these, for "| kubectl apply -f -". Everything else in them stays as it is.',
  },
  parameters: {
    flags: {
      filename: {
        kind: 'parsed',
        parse: (text: string): string => text,
        brief: 'File or directory to read; - is standard input; may be repeated',
        placeholder: 'FILE',
        variadic: true,
      },
      set: textsFlag(
        "Repository to push to, for all images or for one; default: the images' own names",
        '[FILE#NAME=]REPOSITORY',
      ),
      recursive: switchFlag('Read directories below the given ones, too'),
      output: textFlag('File to write to; default: standard output', 'FILE'),
      compressor: compressorFlag('gz'),
      ...registryFlags,
      ...buildingFlags,
      json: jsonFlag,
    },
    aliases: { f: 'filename', R: 'recursive', o: 'output' },
  },
  func: run,
})
