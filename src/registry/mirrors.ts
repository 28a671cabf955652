/** Where a repository is read from: its mirrors first, then its registry (containers-registries.conf(5)). */
import { fail } from '../base/error.ts'
import { formatRegistryName, type RegistryName, type Repository } from './name.ts'

/** A place that has a repository. */
export interface Location extends Repository {
  readonly insecure?: boolean
}

/** Knows the places of every repository. */
export interface Mirrors {
  /** Where to read from, most preferred first. @throws BuildError registry.denied - the registry is blocked by the machine's settings */
  of(name: RegistryName): readonly Location[]
}

/** One registry, or a part of one, in registries.conf. */
export interface RegistryRule {
  /** Names that begin so are meant: `docker.io`, `example.org/team`, `*.example.org`. */
  readonly prefix: string
  /** What stands in the place of the prefix. */
  readonly location: string
  readonly insecure: boolean
  readonly blocked: boolean
  readonly mirrors: readonly { readonly location: string; readonly insecure: boolean; readonly digestsOnly: boolean }[]
}

/** Mirrors by rules; the longest prefix counts. */
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
    remedy: 'Ask whoever set it up, or use another registry.',
    detail: { name: formatRegistryName(repository) },
  })
}
