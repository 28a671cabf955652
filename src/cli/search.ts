/** `slipway search` and `slipway types`: finds packages of the locked suites, and declares their names to editors. */
import { buildCommand, type Command } from '@stricli/core'
import { printable, printableJson } from '../base/printable.ts'
import { actionOptions, type CommonFlags, type Context, commonFlags, jsonFlag } from './context.ts'

interface Flags extends CommonFlags {
  readonly json?: boolean
}

async function runSearch(this: Context, flags: Flags, ...words: readonly string[]): Promise<void> {
  const { search } = await import('../actions/search.ts')
  const found = await search(words, actionOptions(this, flags))
  if (flags.json) return this.print(printableJson(found))
  for (const { suite, architecture, packages } of found) {
    if (found.length > 1) this.print(printable(`${suite} ${architecture}:`))
    for (const { name, version, description } of packages) this.print(printable(`${name} ${version}  ${description}`))
    if (packages.length === 0) this.print(`nothing found in ${suite}`)
  }
}

async function runTypes(this: Context, flags: CommonFlags): Promise<void> {
  const { packageTypes } = await import('../actions/search.ts')
  this.print((await packageTypes(actionOptions(this, flags))).trimEnd())
}

/** The command that finds packages. */
export const searchRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Find packages by words of their names and descriptions',
    fullDescription:
      'Searches all packages in the indexes that the nearest slipway.lock was made from, and prints name, version and description of those that have every WORD.',
  },
  parameters: {
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { brief: 'Words that the name or the description must have', parse: String, placeholder: 'WORD' },
    },
    flags: { json: jsonFlag, ...commonFlags },
  },
  func: runSearch,
})

/** The command that declares packages. */
export const typesRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Print a declaration with which editors complete pkgs["…"]',
    fullDescription:
      'Prints the names of all packages of the locked suites as a TypeScript declaration: "slipway types > slipway-packages.d.ts", in a directory that the tsconfig includes.',
  },
  parameters: { flags: { ...commonFlags } },
  func: runTypes,
})
