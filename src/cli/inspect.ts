/** `slipway inspect`: what an image holds, layer by layer, and what each part costs. */
import { buildCommand, type Command } from '@stricli/core'
import { actionOptions, type CommonFlags, type Context, commonFlags, frozenFlag, jsonFlag } from './context.ts'

interface Flags extends CommonFlags {
  readonly frozen?: boolean
  readonly json?: boolean
}

async function run(this: Context, flags: Flags, image: string): Promise<void> {
  const { isScript, loadTarget, parseTarget } = await import('../load/load.ts')
  const target = parseTarget(image)
  const meant = isScript(target.file) ? (await loadTarget(target)).chosen : image
  const { inspect } = await import('../actions/inspect.ts')
  const summary = await inspect(meant, actionOptions(this, flags))
  if (flags.json) return this.print(JSON.stringify(summary, null, 2))
  const { formatText } = await import('../report/text.ts')
  this.print(formatText(summary).trimEnd())
}

/** The command. */
export const inspectRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Explain an image: its layers and what each part costs',
    fullDescription:
      'Explains an image: one in a file or folder (docker-archive:FILE, oci:FOLDER, oci-archive:FILE, or just the path, such as ./result), or one that FILE exports as NAME, which is built for it.',
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        { brief: 'Where the image is, or what describes it', parse: String, placeholder: 'IMAGE|FILE[#NAME]' },
      ],
    },
    flags: { frozen: frozenFlag, json: jsonFlag, ...commonFlags },
  },
  func: run,
})
