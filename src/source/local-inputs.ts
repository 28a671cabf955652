/** Files and directories of this machine that packages are made from: what `--watch` watches. */
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
}

/** What is left out of a project with an npm lock file. */
const projectIgnore = ['node_modules', '.git']

/** Finds the inputs of packages and of all that they are made from. */
export function localInputs(packages: Iterable<Package>): readonly LocalInput[] {
  const seen = new Set<string>()
  const found = new Map<string, LocalInput>()
  const visit = (made: Package): void => {
    if (seen.has(made.path)) return
    seen.add(made.path)
    const { maker, arguments: given } = definitionOf(made)
    if (maker === 'path-1') addInput(found, Reflect.get(given, 'file'), Reflect.get(given, 'ignore'))
    const set: unknown = Reflect.get(given, 'set')
    if (maker.startsWith('npm-') && isPlainObject(set)) addInput(found, set.directory, projectIgnore)
    for (const inner of packagesIn(given)) visit(inner)
  }
  for (const made of packages) visit(made)
  return [...found.values()]
}

function addInput(found: Map<string, LocalInput>, file: unknown, ignore: unknown): void {
  if (typeof file !== 'string' || !file.startsWith('/')) return
  const patterns = Array.isArray(ignore) ? ignore.filter((each) => typeof each === 'string') : []
  found.set(`${file} ${patterns.join('\n')}`, { file, ignore: patterns })
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
