/** Logins that are given to a command or a function (`--creds`), and the one registry that each is for. */
import { fail } from '../base/error.ts'
import { parseRegistry, parseRegistryName, registryAt } from '../registry/name.ts'
import { type Place, parsePlace } from '../transport/place.ts'
import type { BoundSettings, RegistryCredentials, RegistrySettings } from './registries.ts'

/** Parses `user:password`. @throws BuildError argument.invalid - the message omits the value */
export function parseCredentials(text: string): RegistryCredentials {
  const colon = text.indexOf(':')
  if (colon > 0 && colon < text.length - 1) return { user: text.slice(0, colon), password: text.slice(colon + 1) }
  return fail('argument.invalid', '--creds is not a valid login.', { remedy: 'Write it as user:password.' })
}

/**
 * Returns the options with a login for the registry that the call names, so that no other registry gets it.
 *
 * @param places - places that the call names, in registries and elsewhere
 * @throws BuildError argument.invalid - they are in several registries
 */
export function bound<T extends { readonly registry?: RegistrySettings }>(options: T, places: readonly Place[]): T {
  const { credentials, ...settings } = options.registry ?? {}
  if (credentials === undefined || credentials.registry !== undefined) return options
  const names = places.filter(({ form }) => form === 'docker').map(({ file }) => parseRegistryName(file))
  const [registry, ...others] = new Set(names.map(({ domain }) => registryAt(domain)))
  if (registry === undefined) return options
  if (others.length > 0) return refuse(`${[registry, ...others].join(' and ')} are named`)
  return { ...options, registry: { ...settings, credentials: { ...credentials, registry } } }
}

/** Returns the places among targets. */
export function placesAmong(targets: readonly unknown[]): readonly Place[] {
  return targets.filter((target) => typeof target === 'string').map(parsePlace)
}

/** Returns settings whose login has its registry. @throws BuildError argument.invalid - the call names none */
export function boundSettings({ credentials, ...settings }: RegistrySettings = {}): BoundSettings {
  if (credentials === undefined) return settings
  const { registry = refuse('none is named') } = credentials
  return { ...settings, credentials: { ...credentials, registry: parseRegistry(registry) } }
}

function refuse(why: string): never {
  return fail('argument.invalid', `The given login is for one registry, but ${why}.`, {
    remedy: 'Log in with `slipway login` instead, or say which one it is for: `registry` of `credentials`.',
  })
}
