/** Errors about names that a set asks for and the archive does not have: all of them at once, each with its place and suggestions. */
import { fail } from '../../base/error.ts'
import { didYouMean } from '../../base/nearest.ts'
import { siteOf } from '../../source/call-sites.ts'
import { siteKey } from './site-key.ts'
import { synonymOf } from './synonyms.ts'
import type { Universe } from './universe.ts'

/** Refuses names that no package has. @throws BuildError debian.package-unknown, debian.package-virtual */
export function refuseUnknown(universe: Universe, names: readonly string[], where: string = ''): never {
  const [first = '', ...others] = names
  if (others.length === 0) return refuseOne(universe, first, where)
  const listed = names.map((name) => `${quoted(name)}: ${adviceFor(universe, name)}`)
  const count = `${names.length} packages`
  return fail('debian.package-unknown', `The archive lacks ${count} for ${universe.architecture}${where}.`, {
    remedy: listed.map((line) => `\n  ${line}`).join(''),
    detail: { package: names.join(' ') },
  })
}

function refuseOne(universe: Universe, name: string, where: string): never {
  const providers = providersOf(universe, name)
  const remedy = adviceFor(universe, name)
  if (providers.length > 0) {
    return fail('debian.package-virtual', `${quoted(name)} is a virtual package, provided by several packages.`, {
      remedy,
      detail: { package: name, providers: providers.join(' ') },
    })
  }
  const fact = `The archive has no package ${quoted(name)}${where} for ${universe.architecture}.`
  return fail('debian.package-unknown', fact, { remedy, detail: { package: name } })
}

/** The name, and where the user's file asks for it, if that is known. */
function quoted(name: string): string {
  const site = siteOf(siteKey(name))
  return site === undefined ? `"${name}"` : `"${name}" (${site.file}:${site.line})`
}

function providersOf(universe: Universe, name: string): readonly string[] {
  return universe.providers(name).map(({ locked }) => locked.name)
}

/** Providers first, then the package that is known by this name elsewhere, then names that are spelt alike. */
function adviceFor(universe: Universe, name: string): string {
  const providers = providersOf(universe, name)
  if (providers.length > 0)
    return `Choose one of them: ${providers.slice(0, 12).join(', ')}${providers.length > 12 ? ' …' : ''}.`
  const synonym = synonymOf(name)
  if (synonym !== undefined && universe.candidate(synonym) !== undefined) return `Did you mean "${synonym}"?`
  return didYouMean(name, universe.names()) || 'Check the name; `slipway search` finds packages.'
}
