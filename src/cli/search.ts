/** `slipway search` and `slipway types`: finds packages of the locked suites, and declares their names to editors. */
import { buildCommand, type Command } from '@stricli/core'
import { printable, printableJson } from '../base/printable.ts'
import { actionOptions, type CommonFlags, type Context, commonFlags, jsonFlag } from './context.ts'
import { switchFlag } from './flags.ts'

interface Flags extends CommonFlags {
  readonly json?: boolean
  readonly files?: boolean
}

async function runSearch(this: Context, flags: Flags, ...words: readonly string[]): Promise<void> {
  if (flags.files) return printFiles(this, flags, words)
  const { search } = await import('../actions/search.ts')
  const found = await search(words, actionOptions(this, flags))
  if (flags.json) return this.print(printableJson(found))
  for (const { suite, architecture, packages } of found) {
    if (found.length > 1) this.print(printable(`${suite} ${architecture}:`))
    for (const { name, version, description } of packages) this.print(printable(`${name} ${version}  ${description}`))
    if (packages.length === 0) this.print(`nothing found in ${suite}`)
  }
}

async function printFiles(context: Context, flags: Flags, patterns: readonly string[]): Promise<void> {
  const { searchFiles } = await import('../actions/search.ts')
  const found = await searchFiles(patterns, actionOptions(context, flags))
  if (flags.json) return context.print(printableJson(found))
  for (const { suite, architecture, files } of found) {
    if (found.length > 1) context.print(printable(`${suite} ${architecture}:`))
    for (const { package: name, path } of files) context.print(printable(`${name}  ${path}`))
    if (files.length === 0) context.print(`nothing found in ${suite}`)
  }
}

async function runTypes(this: Context, flags: CommonFlags): Promise<void> {
  const { packageTypes } = await import('../actions/search.ts')
  this.print((await packageTypes(actionOptions(this, flags))).trimEnd())
}

/** The command that finds packages. */
export const searchRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Find packages by words of their names and descriptions, or by their files',
    fullDescription:
      'Searches all packages in the indexes that the nearest slipway.lock was made from, and prints name, version and description of those that have every WORD. With --files, WORD is the name or path of a file, such as "psql", "/usr/bin/psql" or "libssl.so.*", and packages are printed with the path.',
  },
  parameters: {
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: {
        brief: 'Word that the name or the description must have, or a file',
        parse: String,
        placeholder: 'WORD',
      },
    },
    flags: { files: switchFlag('Find the packages that have a file'), json: jsonFlag, ...commonFlags },
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
