/** `slipway export`: writes an image's root file system as one tar archive, for `docker import`. */
import { buildCommand, type Command } from '@stricli/core'
import { printableJson } from '../base/printable.ts'
import type { Context } from './context.ts'
import { type ImageFlags, imageFlags, imageOptions, imageParameter, imageTarget } from './images.ts'
import { goesToStandardOutput } from './standard-output.ts'

interface Flags extends ImageFlags {
  readonly out: string
}

async function run(this: Context, flags: Flags, word: string): Promise<void> {
  const { out } = flags
  const isPrinted = goesToStandardOutput(out)
  const { target, beside } = await imageTarget(word)
  const { exportRoot } = await import('../actions/export.ts')
  const exported = await exportRoot(target, { ...imageOptions(this, flags, { beside }), out })
  if (!isPrinted) this.print(flags.json ? printableJson({ file: out, ...exported }) : out)
}

/** The command. */
export const exportRoute: Command<Context> = buildCommand({
  docs: {
    brief: "Write an image's files as one tar archive",
    fullDescription:
      'Flattens an image, one in a file or directory or one that FILE exports as NAME, into one tar archive of its root file system, for "docker import".',
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [imageParameter] },
    flags: {
      out: {
        kind: 'parsed',
        parse: String,
        brief: 'File to write; - is standard output',
        placeholder: 'FILE',
        default: '-',
      },
      ...imageFlags,
    },
    aliases: { o: 'out' },
  },
  func: run,
})
