/** `slipway init`: writes an image.ts that fits the project, and says what it decided and why. */
import { buildCommand, type Command } from '@stricli/core'
import { printable, printableJson } from '../base/printable.ts'
import { type CommonFlags, type Context, commonFlags, jsonFlag } from './context.ts'

type Flags = Pick<CommonFlags, 'debug' | 'quiet' | 'verbose'> & { readonly json?: boolean }

async function run(this: Context, flags: Flags, directory?: string): Promise<void> {
  const { init } = await import('../actions/init.ts')
  const done = await init(directory === undefined ? {} : { directory })
  if (flags.json) return this.print(printableJson(done))
  const { written, decisions, next } = done
  const lines = [
    ...written.map(({ file, isNew }) => `${isNew ? 'wrote' : 'changed'} ${file}`),
    ...(written.length === 0 ? ['nothing to write'] : []),
    '',
    ...decisions,
    '',
    'Next:',
    ...next.map((each) => `  ${each}`),
  ]
  for (const line of lines) this.print(printable(line, 1000))
}

/** The command. */
export const initRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Write an image.ts that fits the project, and say why',
    fullDescription:
      'Looks at the package.json of DIR (default: the working directory) and writes an image.ts for it: a Node application, one for each workspace that can be started, or an image of Debian packages. Also writes a tsconfig.json, ignore rules and a script in package.json, where they are missing. Overwrites nothing.',
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'Directory of the project', parse: String, placeholder: 'DIR', optional: true }],
    },
    flags: { json: jsonFlag, quiet: commonFlags.quiet, verbose: commonFlags.verbose, debug: commonFlags.debug },
  },
  func: run,
})
