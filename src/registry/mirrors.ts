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

/** Rules whose mirrors are asked before and after those of the rule that applies to a name. Default: none. */
export interface MoreMirrors {
  readonly before?: readonly RegistryRule[]
  readonly after?: readonly RegistryRule[]
}

/** Mirrors by rules; the longest matching prefix wins. */
export function mirrorsBy(rules: readonly RegistryRule[], { before = [], after = [] }: MoreMirrors = {}): Mirrors {
  const sorted = byLength(rules)
  return {
    of: (asked) => {
      const { domain, path } = asked
      const name = `${domain}/${path}`
      const rule = sorted.find(({ prefix }) => matches(name, prefix))
      if (rule?.blocked === true) refuse({ domain, path })
      const mirrors = (some: readonly RegistryRule[]): readonly Location[] =>
        byLength(some)
          .filter(({ prefix }) => matches(name, prefix))
          .flatMap((each) => mirrorsOf(each, asked))
      return [
        ...mirrors(before),
        ...(rule === undefined ? [] : mirrorsOf(rule, asked)),
        ...mirrors(after),
        rule === undefined ? { domain, path } : locationAt(rule, asked, rule),
      ]
    },
  }
}

function byLength(rules: readonly RegistryRule[]): readonly RegistryRule[] {
  return [...rules].sort((a, b) => b.prefix.length - a.prefix.length)
}

function mirrorsOf(rule: RegistryRule, asked: RegistryName): readonly Location[] {
  return rule.mirrors
    .filter(({ digestsOnly }) => !digestsOnly || asked.digest !== undefined)
    .map((mirror) => locationAt(rule, asked, mirror))
}

function locationAt(
  { prefix }: RegistryRule,
  { domain, path }: Repository,
  { location, insecure }: { readonly location: string; readonly insecure: boolean },
): Location {
  const name = `${domain}/${path}`
  const rest = prefix.startsWith('*.') ? name.slice(domain.length) : name.slice(prefix.length)
  // A wildcard stands for the host that it matched.
  const place = location.startsWith('*.') ? domain : location
  const [host = '', ...parts] = `${place}${rest}`.split('/')
  return { domain: host, path: parts.join('/'), ...(insecure ? { insecure } : {}) }
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
