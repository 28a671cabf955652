/** Packages of `debian({ … })` as definitions: lazy names of one set, looked up together in the lock when an image is built. */
import { canonicalJson } from '../base/document.ts'
import type { Definition } from '../source/package.ts'
import { nameFrom } from '../store/store-path.ts'
import type { DebianSet } from './options.ts'

/** A package of a set, by its name in the archive. */
export interface DebianPackageArguments {
  readonly package: string
  readonly set: DebianSet
}

/** Definition of a package of a set. */
export function debianDefinition(set: DebianSet, name: string): Definition<DebianPackageArguments> {
  return { maker: 'debian-package-1', name: nameFrom(name), arguments: { package: name, set } }
}

/** Identity of sets that are resolved together: those that differ only in how packages are laid out. */
export function resolverKey(set: DebianSet): string {
  const { exclude: _exclude, packageRecords: _records, sandbox: _sandbox, ...resolving } = set
  return `debian ${canonicalJson(resolving)}`
}
