/** Parses `daemon.json`, docker's settings: mirrors of Docker Hub, and registries that need no TLS (dockerd(8)). */
import { isPlainObject } from '../base/document.ts'
import { fail, messageOf } from '../base/error.ts'
import { isInNetwork } from '../net/in-network.ts'
import type { RegistryRule } from './mirrors.ts'
import { parseMirror } from './registries-conf.ts'

/** Settings of docker's daemon. */
export interface DockerDaemon {
  /** Mirrors of Docker Hub; docker has none for other registries. */
  readonly mirrors: readonly RegistryRule[]
  /** Tells whether a host, with its port if it has one, may be contacted without TLS, or with a certificate that is not verified. */
  insecure(host: string): boolean
}

/** Parses the settings. @throws BuildError registry.credentials */
export function parseDockerDaemon(text: string, file: string): DockerDaemon {
  const value = parsed(text, file)
  const mirrors = listAt(value, 'registry-mirrors', file).map((mirror) => mirrorAt(mirror, file))
  const insecure = listAt(value, 'insecure-registries', file)
  return { mirrors, insecure: (host) => insecure.some((registry) => matches(registry, host)) }
}

function parsed(text: string, file: string): Readonly<Record<string, unknown>> {
  // docker accepts an empty file.
  if (text.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    return refuse(file, messageOf(cause))
  }
  return isPlainObject(value) ? value : refuse(file, 'it must be a JSON object')
}

function listAt(value: Readonly<Record<string, unknown>>, key: string, file: string): readonly string[] {
  const list = value[key] ?? []
  if (Array.isArray(list) && list.every((each) => typeof each === 'string')) return list
  return refuse(file, `"${key}" must be an array of strings; got ${JSON.stringify(list)}`)
}

function mirrorAt(text: string, file: string): RegistryRule {
  if (text.includes('=')) return refuse(file, `${JSON.stringify(text)} in "registry-mirrors" is not an address`)
  try {
    return parseMirror(text)
  } catch {
    return refuse(file, `${JSON.stringify(text)} in "registry-mirrors" is not an address`)
  }
}

/** A host, one with a port, or a network such as 10.0.0.0/8, which contains hosts that are named by their addresses. */
function matches(registry: string, host: string): boolean {
  const plain = registry.replace(/^https?:\/\//, '')
  const [network = '', bits] = plain.split('/')
  if (bits === undefined || bits === '') return network === host
  return isInNetwork(host.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''), { network, bits })
}

function refuse(file: string, what: string): never {
  return fail('registry.credentials', `${file} cannot be used: ${what}.`, {
    remedy: 'Correct it: docker does not start with it, either.',
    detail: { file },
  })
}
