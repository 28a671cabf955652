/** `tiny({ … })`: the packages of a catalogue, as data. */
import { join } from 'node:path'
import { refuse } from '../../../src/base/check.ts'
import { makeSet, type PackageSet } from '../../../src/sets/set.ts'
import { define } from '../../../src/source/placeholder.ts'

/** A package of a catalogue. */
export interface TinyArguments {
  readonly package: string
  /** Directory of catalogue.json and of the lock. */
  readonly directory: string
}

export const tinyMakerName = 'tiny-package-1'

/** Packages of `catalogue.json` in a directory. */
export function tiny(directory: string): PackageSet {
  return makeSet({
    kind: 'tiny',
    architecture: undefined,
    lock: undefined,
    home: directory,
    package: (name) =>
      define<TinyArguments>({ maker: tinyMakerName, name, arguments: { package: name, directory } }, 'root'),
    shell: () => refuse('tiny', 'shell', 'a set with a shell'),
    env: () => refuse('tiny', 'env', 'a set with env'),
    tools: () => refuse('tiny', 'tools', 'a set with tools'),
    debugPackages: () => [],
    sandbox: undefined,
    certificates: () => refuse('tiny', 'certificates', 'a set with certificates'),
  })
}

/** The file of a catalogue. */
export function catalogueFile(directory: string): string {
  return join(directory, 'catalogue.json')
}
