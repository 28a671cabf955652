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
  const registries = isTable(value) ? listAt(value, 'registry') : []
  return registries.map((registry) => ruleOf(registry, file))
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
  const location = textAt(registry, 'location')
  const prefix = textAt(registry, 'prefix') ?? location
  if (prefix === undefined) return refuse(file, 'a [[registry]] has neither prefix nor location')
  return {
    prefix,
    location: location ?? prefix,
    insecure: registry.insecure === true,
    blocked: registry.blocked === true,
    mirrors: listAt(registry, 'mirror').map((mirror) => ({
      location: textAt(mirror, 'location') ?? refuse(file, 'a [[registry.mirror]] has no location'),
      insecure: mirror.insecure === true,
      digestsOnly: registry['mirror-by-digest-only'] === true || mirror['pull-from-mirror'] === 'digest-only',
    })),
  }
}

// The parser's tables are not plain objects.
function isTable(value: unknown): value is Table {
  return isPlainObject(value) || (typeof value === 'object' && value !== null && !Array.isArray(value))
}

function listAt(table: Table, key: string): readonly Table[] {
  const value = table[key]
  return Array.isArray(value) ? value.filter(isTable) : []
}

function textAt(table: Table, key: string): string | undefined {
  const value = table[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function refuse(file: string, what: string): never {
  return fail('registry.credentials', `${file} cannot be used: ${what}.`, {
    remedy: 'Correct it; containers-registries.conf(5) describes the format.',
    detail: { file },
  })
}
