/** Where to read a repository from: its mirrors first, then its registry (containers-registries.conf(5)). */
import { fail } from '../base/error.ts'
import { formatRegistryName, type RegistryName, type Repository } from './name.ts'

/** A location of a repository. */
export interface Location extends Repository {
  readonly insecure?: boolean
}

/** Finds the locations of every repository. */
export interface Mirrors {
  /**
   * Locations to read from, most preferred first. @throws BuildError registry.denied - the registry is blocked by the machine's settings
   */
  of(name: RegistryName): readonly Location[]
}

/** A registry, or a part of one, in registries.conf. */
export interface RegistryRule {
  /** Prefix of the names that it applies to: `docker.io`, `example.org/team`, `*.example.org`. */
  readonly prefix: string
  /** Replacement for the prefix. */
  readonly location: string
  readonly insecure: boolean
  readonly blocked: boolean
  readonly mirrors: readonly { readonly location: string; readonly insecure: boolean; readonly digestsOnly: boolean }[]
}

/** Mirrors by rules; the longest matching prefix wins. */
export function mirrorsBy(rules: readonly RegistryRule[]): Mirrors {
  const sorted = [...rules].sort((a, b) => b.prefix.length - a.prefix.length)
  return {
    of: ({ domain, path, digest }) => {
      const name = `${domain}/${path}`
      const rule = sorted.find(({ prefix }) => matches(name, prefix))
      if (rule === undefined) return [{ domain, path }]
      if (rule.blocked) refuse({ domain, path })
      const rest = rule.prefix.startsWith('*.') ? name.slice(domain.length) : name.slice(rule.prefix.length)
      const at = ({ location, insecure }: { readonly location: string; readonly insecure: boolean }): Location[] => {
        // A wildcard stands for the host that it matched.
        const place = location.startsWith('*.') ? domain : location
        const [host = '', ...parts] = `${place}${rest}`.split('/')
        return [{ domain: host, path: parts.join('/'), ...(insecure ? { insecure } : {}) }]
      }
      const usable = rule.mirrors.filter(({ digestsOnly }) => !digestsOnly || digest !== undefined)
      return [...usable.flatMap(at), ...at(rule)]
    },
  }
}

function matches(name: string, prefix: string): boolean {
  if (prefix.startsWith('*.')) return name.split('/')[0]?.endsWith(prefix.slice(1)) === true
  return name === prefix || (name.startsWith(prefix) && ['/', ':'].includes(name[prefix.length] ?? ''))
}

function refuse(repository: Repository): never {
  return fail('registry.denied', `${formatRegistryName(repository)} is blocked by this machine's registries.conf.`, {
    remedy: 'Ask the administrator of this machine, or use another registry.',
    detail: { name: formatRegistryName(repository) },
  })
}
