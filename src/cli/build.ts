/** `slipway build`: builds the package that a FILE exports, prints its path, and leaves a `result` link to it. */
import { buildCommand, type Command } from '@stricli/core'
import type { BuildToOptions } from '../actions/build-to.ts'
import { fail } from '../base/error.ts'
import { printableJson } from '../base/printable.ts'
import type { ExportTarget } from '../load/image-target.ts'
import { changesOptions } from './changes.ts'
import { actionOptions, type BuildingFlags, buildingFlags, type Context, jsonFlag, targetParameter } from './context.ts'
import { compressorFlag, switchFlag, textFlag } from './flags.ts'
import { exportTarget } from './images.ts'
import { goesToStandardOutput } from './standard-output.ts'
import { perhapsWatched, watchFlag } from './watch.ts'

interface Flags extends BuildingFlags {
  readonly out?: string
  readonly watch?: boolean
  readonly to?: string
  readonly compressor?: NonNullable<BuildToOptions['compressor']>
  readonly noLink?: boolean
  readonly sbom?: string
  readonly json?: boolean
}

async function run(this: Context, flags: Flags, word: string): Promise<void> {
  checkTogether(flags)
  const isPrinted = flags.to !== undefined && goesToStandardOutput(flags.to)
  await perhapsWatched(this, { words: [word], watch: flags.watch }, async ({ targets: [given], beside }, context) => {
    const target = given === undefined || typeof given === 'string' ? (await exportTarget(word)).target : given
    await buildOnce(context, flags, { target, beside, word, isPrinted })
  })
}

async function buildOnce(
  context: Context,
  flags: Flags,
  { target, beside, word, isPrinted }: ExportTarget & { readonly word: string; readonly isPrinted: boolean },
): Promise<void> {
  const { sbom } = flags
  const options = {
    ...actionOptions(context, flags),
    ...changesOptions(context, flags, word),
    ...(sbom === undefined ? {} : { sbom }),
    beside,
  }
  if (flags.to !== undefined) {
    const { buildTo } = await import('../actions/build-to.ts')
    const { to, compressor } = flags
    const written = await buildTo(target, { ...options, to, ...(compressor === undefined ? {} : { compressor }) })
    if (!isPrinted) context.print(flags.json ? printableJson(written) : written.reference)
    return
  }
  const { build } = await import('../actions/build.ts')
  const built = await build(target, { ...options, ...(flags.noLink ? {} : { out: flags.out ?? 'result' }) })
  context.print(flags.json ? printableJson(built) : built.physical)
}

/** A link leads into the store, where `--to` leaves no result. */
function checkTogether({ to, out, compressor }: Flags): void {
  if (to !== undefined && out !== undefined)
    fail('argument.invalid', '--out leaves a link into the store, but --to writes the image elsewhere.', {
      remedy: 'Give one of the two.',
    })
  if (to === undefined && compressor !== undefined)
    fail('argument.invalid', '--compressor has no effect without --to.', {
      remedy: "Add --to, or set `compressor` in the image's description.",
    })
}

/** The command. */
export const buildRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Build what a file exports and print its path',
    fullDescription:
      'Builds the image or other package that FILE exports as NAME (default: its default export), prints the path of the result and leaves a link to it, which also keeps it from "slipway gc". With --to, the image is written to an archive or a layout instead, and no link is left.',
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [targetParameter] },
    flags: {
      watch: watchFlag,
      out: textFlag('Link to leave; default: result', 'LINK'),
      to: textFlag(
        'Place to write the image to instead: docker-archive:FILE, oci:DIRECTORY or oci-archive:FILE; FILE - is standard output',
        'PLACE',
      ),
      compressor: compressorFlag("the image's own"),
      sbom: textFlag("File to write the image's bill of materials to, as CycloneDX 1.6 JSON", 'FILE'),
      noLink: switchFlag('Leave no link'),
      json: jsonFlag,
      ...buildingFlags,
    },
    aliases: { o: 'out' },
  },
  func: run,
})
