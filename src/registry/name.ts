/** Names of images in registries, as Docker reads them: `debian` is `docker.io/library/debian:latest`. */
import type { Digest } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import { formatReference, parseReference, qualified } from '../format/reference.ts'

/** A repository of a registry. */
export interface Repository {
  /** Registry as written in names: `docker.io`, `registry.example:5000`. */
  readonly domain: string
  /** Repository there: `library/debian`. */
  readonly path: string
}

/** An image in a registry: a tag, a digest, or both, of which the digest takes precedence. */
export interface RegistryName extends Repository {
  readonly tag?: string
  readonly digest?: Digest
}

/** Parses a name. Expands short names as Docker does. @throws BuildError argument.invalid */
export function parseRegistryName(text: string): RegistryName {
  const reference = parseReference(text)
  if (reference === undefined || !hasPort(reference.domain))
    return fail('argument.invalid', `${JSON.stringify(text)} is not a valid image name.`, {
      remedy: 'Write it as [registry/]name[:tag][@sha256:…], such as "registry.example/team/redis:7".',
      detail: { name: text },
    })
  const { domain = 'docker.io', ...name } = qualified(reference)
  return { domain, ...name }
}

/** Formats a name in full. */
export function formatRegistryName(name: RegistryName): string {
  return formatReference(name)
}

/** Tag or digest by which a manifest is requested. */
export function manifestReference({ tag, digest }: RegistryName): string {
  return digest ?? tag ?? 'latest'
}

/** Parses a registry as written in names. @throws BuildError argument.invalid */
export function parseRegistry(text: string): string {
  const domain = registryAt(text)
  // In a name, a domain without a dot or a port would be part of a path.
  if (parseReference(`${domain}/x`)?.domain === domain && hasPort(domain)) return domain
  return fail('argument.invalid', `${JSON.stringify(text)} is not a valid registry.`, {
    remedy: 'Write it as host or host:port; Docker Hub is docker.io.',
  })
}

/** Tells whether the port of a domain, if it has one, exists. The grammar of names allows any number. */
function hasPort(domain: string = ''): boolean {
  const port = Number(/:(\d+)$/.exec(domain)?.[1] ?? 443)
  return port > 0 && port <= 65_535
}

/** Registry that a host, or the address of one, belongs to: Docker Hub has several. */
export function registryAt(address: string): string {
  const host = address.replace(/^https?:\/\//, '').replace(/\/(v[12]\/?)?$/, '')
  return /^(index\.docker\.io|registry-1\.docker\.io)$/.test(host) ? 'docker.io' : host
}

/** Host that serves a registry. Docker Hub's differs from its name. */
export function hostOf(domain: string): string {
  return domain === 'docker.io' ? 'registry-1.docker.io' : domain
}

/** Tells whether a host is this machine: only there plain HTTP needs no permission. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '')
  return name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)
}
