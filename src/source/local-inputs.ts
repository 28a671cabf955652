/** Files and directories of this machine that packages are made from: what `--watch` watches. */
import { join } from 'node:path'
import { isPlainObject } from '../base/document.ts'
import type { Package } from './package.ts'
import { definitionOf, isPackage } from './placeholder.ts'
import { packageAt, placeholderPattern } from './placeholder-table.ts'

/** A file, or a directory with what is below it. */
export interface LocalInput {
  /** Absolute path. */
  readonly file: string
  /** Patterns as in `.gitignore` for what is left out. */
  readonly ignore: readonly string[]
  /** Names of ignore files, as for `path()`. Default: none. */
  readonly ignoreFiles?: readonly string[]
}

/** Finds the inputs of packages and of all that they are made from. */
export function localInputs(packages: Iterable<Package>): readonly LocalInput[] {
  const seen = new Set<string>()
  const found = new Map<string, LocalInput>()
  const add = (input: LocalInput): void => void found.set(JSON.stringify(input), input)
  const visit = (made: Package): void => {
    if (seen.has(made.path)) return
    seen.add(made.path)
    const { maker, arguments: given } = definitionOf(made)
    if (maker === 'path-1' || maker === 'copied-1') pathInputs(given).forEach(add)
    const set: unknown = Reflect.get(given, 'set')
    if (maker.startsWith('npm-') && isPlainObject(set)) projectInputs(set).forEach(add)
    for (const inner of packagesIn(given)) visit(inner)
  }
  for (const made of packages) visit(made)
  return [...found.values()]
}

function pathInputs(given: object): readonly LocalInput[] {
  const file: unknown = Reflect.get(given, 'file')
  if (!isAbsolute(file)) return []
  const ignoreFiles = stringsIn(Reflect.get(given, 'ignoreFiles'))
  const input = { file, ignore: stringsIn(Reflect.get(given, 'ignore')) }
  return [ignoreFiles.length === 0 ? input : { ...input, ignoreFiles }]
}

/** What is never part of a project's own files. */
const projectIgnore = ['node_modules', '.git', '.npmrc', '.env*', '/result', '/result-*']

/** Files of a project that are read whatever its ignore files say. */
const projectFiles = ['package.json', 'package-lock.json', 'npm-shrinkwrap.json', '.npmrc', '.dockerignore']

/** Inputs of a project with an npm lock file. Patterns for a workspace start at its own directory, so there they exclude nothing here. */
function projectInputs({ directory, workspace, code }: Readonly<Record<string, unknown>>): readonly LocalInput[] {
  if (!isAbsolute(directory)) return []
  const { ignore, generated } = isPlainObject(code) ? code : {}
  const own = workspace === undefined ? stringsIn(ignore) : []
  return [
    { file: directory, ignore: [...own, ...projectIgnore], ignoreFiles: ['.dockerignore'] },
    ...[...projectFiles, ...stringsIn(generated)].map((name) => ({ file: join(directory, name), ignore: [] })),
  ]
}

function isAbsolute(file: unknown): file is string {
  return typeof file === 'string' && file.startsWith('/')
}

function stringsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

/** Packages that a value contains, as values or by their placeholders. */
function* packagesIn(value: unknown): Generator<Package> {
  if (isPackage(value)) yield value
  else if (typeof value === 'string') {
    for (const mark of value.match(placeholderPattern) ?? []) {
      const made = packageAt(mark)
      if (made !== undefined) yield made
    }
  } else if (Array.isArray(value)) for (const inner of value) yield* packagesIn(inner)
  else if (isPlainObject(value)) for (const inner of Object.values(value)) yield* packagesIn(inner)
}
