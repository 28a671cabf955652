/** `slipway build`: builds what a FILE exports, prints where it lies, and leaves a `result` link to it. */
import { buildCommand, type Command } from '@stricli/core'
import type { BuildToOptions } from '../actions/build-to.ts'
import { compressorFlag } from '../actions/compressor.ts'
import { fail } from '../base/error.ts'
import { printableJson } from '../base/printable.ts'
import {
  actionOptions,
  type CommonFlags,
  type Context,
  commandFlags,
  commonFlags,
  frozenFlag,
  jsonFlag,
  strictFlag,
  targetParameter,
} from './context.ts'
import { goesToStandardOutput } from './standard-output.ts'

interface Flags extends CommonFlags {
  readonly out?: string
  readonly to?: string
  readonly compressor?: NonNullable<BuildToOptions['compressor']>
  readonly noLink?: boolean
  readonly sbom?: string
  readonly frozen?: boolean
  readonly strict?: boolean
  readonly sandbox?: 'auto' | 'namespace' | 'fakeroot'
  readonly rebuild?: boolean
  readonly json?: boolean
}

async function run(this: Context, flags: Flags, target: string): Promise<void> {
  checkTogether(flags)
  const isPrinted = flags.to !== undefined && goesToStandardOutput(flags.to)
  const { exportsOf, loadTarget, parseTarget } = await import('../load/load.ts')
  const parsed = parseTarget(target)
  const { chosen, loaded } = await loadTarget(parsed)
  const { sbom } = flags
  const options = {
    ...actionOptions(this, flags),
    ...(sbom === undefined ? {} : { sbom }),
    beside: exportsOf(parsed.file, loaded),
  }
  if (flags.to !== undefined) {
    const { buildTo } = await import('../actions/build-to.ts')
    const { to, compressor } = flags
    const written = await buildTo(chosen, { ...options, to, ...(compressor === undefined ? {} : { compressor }) })
    if (!isPrinted) this.print(flags.json ? printableJson(written) : written.reference)
    return
  }
  const { build } = await import('../actions/build.ts')
  const built = await build(chosen, { ...options, ...(flags.noLink ? {} : { out: flags.out ?? 'result' }) })
  this.print(flags.json ? printableJson(built) : built.physical)
}

/** A link leads into the store, and what goes to a place is not there. */
function checkTogether({ to, out, compressor }: Flags): void {
  if (to !== undefined && out !== undefined)
    fail('argument.invalid', '--out leaves a link into the store, but --to writes the image elsewhere.', {
      remedy: 'Give one of the two.',
    })
  if (to === undefined && compressor !== undefined)
    fail('argument.invalid', '--compressor is for what --to writes.', {
      remedy: "Write the `compressor` into the image's description, or give --to.",
    })
}

/** The command. */
export const buildRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Build what a file exports and print where it lies',
    fullDescription:
      'Builds the image or other package that FILE exports as NAME (default: its default export), prints the path of the result and leaves a link to it, which also keeps it from "slipway gc". With --to the image goes to an archive or a layout instead, and no link is left.',
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [targetParameter] },
    flags: {
      out: {
        kind: 'parsed',
        parse: String,
        brief: 'The link to leave; default result',
        placeholder: 'LINK',
        optional: true,
      },
      to: {
        kind: 'parsed',
        parse: String,
        brief:
          'Write the image there instead: docker-archive:FILE, oci:FOLDER or oci-archive:FILE; FILE - is standard output',
        placeholder: 'PLACE',
        optional: true,
      },
      compressor: {
        kind: 'parsed',
        parse: compressorFlag,
        brief: 'Compressor there: none, gz or zstd, with a level such as gz:9; default: the one of the description',
        placeholder: 'COMPRESSOR',
        optional: true,
      },
      sbom: {
        kind: 'parsed',
        parse: String,
        brief: "Write the image's bill of materials there, as CycloneDX 1.6 JSON",
        placeholder: 'FILE',
        optional: true,
      },
      noLink: { kind: 'boolean', brief: 'Leave no link', optional: true, withNegated: false },
      frozen: frozenFlag,
      strict: strictFlag,
      ...commandFlags,
      json: jsonFlag,
      ...commonFlags,
    },
    aliases: { o: 'out' },
  },
  func: run,
})
