/** Parses `registries.conf`, podman's and skopeo's settings of registries (containers-registries.conf(5)), into rules. */
import { isPlainObject } from '../base/document.ts'
import { fail, messageOf } from '../base/error.ts'
import type { RegistryRule } from './mirrors.ts'

/** Parses one file. @throws BuildError registry.credentials */
export async function parseRegistriesConf(text: string, file: string): Promise<readonly RegistryRule[]> {
  const { parse } = await import('smol-toml')
  let value: unknown
  try {
    value = parse(text)
  } catch (cause) {
    return refuse(file, messageOf(cause).split('\n')[0] ?? '')
  }
  if (!isTable(value)) return []
  return [...listAt(value, 'registry').map((registry) => ruleOf(registry, file)), ...olderRules(value)]
}

/** Parses `[PREFIX=]LOCATION`, the format of `--mirror`: without a prefix it is a mirror of Docker Hub. */
export function parseMirror(text: string): RegistryRule {
  const [first = '', second] = text.split('=', 2)
  const [prefix, location] = second === undefined ? ['docker.io', first] : [first, second]
  const insecure = location.startsWith('http://')
  const plain = location.replace(/^https?:\/\//, '').replace(/\/+$/, '')
  if (prefix === '' || !/^[A-Za-z0-9[\].:-]+(\/[a-z0-9._/-]+)?$/.test(plain))
    return fail('argument.invalid', `${JSON.stringify(text)} is not a valid mirror.`, {
      remedy: 'Write it as host[/path], or registry=host[/path].',
    })
  return {
    prefix,
    location: prefix,
    insecure: false,
    blocked: false,
    mirrors: [{ location: plain, insecure, digestsOnly: false }],
  }
}

type Table = Readonly<Record<string, unknown>>

function ruleOf(registry: Table, file: string): RegistryRule {
  const location = placeAt(registry, 'location', file)
  const prefix = placeAt(registry, 'prefix', file) ?? location
  const digestsOnly = flagAt(registry, 'mirror-by-digest-only', file)
  if (prefix === undefined) return refuse(file, 'a [[registry]] has neither prefix nor location')
  return {
    prefix,
    location: location ?? prefix,
    insecure: flagAt(registry, 'insecure', file),
    blocked: flagAt(registry, 'blocked', file),
    mirrors: listAt(registry, 'mirror').map((mirror) => ({
      location: placeAt(mirror, 'location', file) ?? refuse(file, 'a [[registry.mirror]] has no location'),
      insecure: flagAt(mirror, 'insecure', file),
      digestsOnly: digestsOnly || pullsAt(mirror, file) === 'digest-only',
    })),
  }
}

/** What the first version of the format says, which old machines still have: `[registries.insecure]` and `[registries.block]`. */
function olderRules({ registries }: Table): readonly RegistryRule[] {
  const hostsIn = (key: string): readonly string[] => {
    const table = isTable(registries) ? registries[key] : undefined
    const hosts = isTable(table) && Array.isArray(table.registries) ? table.registries : []
    return hosts.filter((host) => typeof host === 'string')
  }
  const [insecure, blocked] = [hostsIn('insecure'), hostsIn('block')]
  return [...new Set([...insecure, ...blocked])].map((host) => ({
    prefix: host,
    location: host,
    insecure: insecure.includes(host),
    blocked: blocked.includes(host),
    mirrors: [],
  }))
}

// The parser's tables are not plain objects.
function isTable(value: unknown): value is Table {
  return isPlainObject(value) || (typeof value === 'object' && value !== null && !Array.isArray(value))
}

function listAt(table: Table, key: string): readonly Table[] {
  const value = table[key]
  return Array.isArray(value) ? value.filter(isTable) : []
}

/** A host, or a host and a path. */
function placeAt(table: Table, key: string, file: string): string | undefined {
  const value = table[key]
  if (value === undefined || value === '') return undefined
  if (typeof value === 'string' && !/^https?:/.test(value)) return value.replace(/\/+$/, '')
  return refuse(file, `${key} = ${JSON.stringify(value)} must be a host, or a host and a path, without https://`)
}

/** @throws BuildError registry.credentials - a registry that is blocked by "true" would not be */
function flagAt(table: Table, key: string, file: string): boolean {
  const value = table[key] ?? false
  return typeof value === 'boolean'
    ? value
    : refuse(file, `${key} = ${JSON.stringify(value)} must be true or false, without quotes`)
}

/** Which pulls a mirror is for. One for tags also answers for the digests that its tags resolve to. */
function pullsAt(mirror: Table, file: string): 'all' | 'digest-only' | 'tag-only' {
  const value = mirror['pull-from-mirror'] ?? 'all'
  if (value === 'all' || value === 'digest-only' || value === 'tag-only') return value
  return refuse(file, `pull-from-mirror = ${JSON.stringify(value)} must be "all", "digest-only" or "tag-only"`)
}

function refuse(file: string, what: string): never {
  return fail('registry.credentials', `${file} cannot be used: ${what}.`, {
    remedy: 'Correct it; containers-registries.conf(5) describes the format.',
    detail: { file },
  })
}
