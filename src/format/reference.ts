/**
 * Names of images: `[domain[:port]/]path[:tag][@digest]`.
 *
 * The grammar is that of the distribution project's "reference" package: path components in lower case, tags of at most 128 characters,
 * names of at most 255. The only digests are `sha256:…`. Parsing adds nothing; `qualified` adds the defaults that Docker adds.
 */
import { type Digest, isDigest } from '../base/digest.ts'

/** A parsed name. `domain` is present only where the string has one ("localhost:5000", "[::1]:5000", "ghcr.io"). */
export interface Reference {
  readonly domain?: string
  readonly path: string
  readonly tag?: string
  readonly digest?: Digest
}

const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const domainRule = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`)
const componentRule = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/
const tagRule = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/
const longestName = 255

/** Parses an image name. Inverse of `formatReference`; undefined when the string is not a valid name. */
export function parseReference(text: string): Reference | undefined {
  const at = text.indexOf('@')
  const digest = at < 0 ? undefined : text.slice(at + 1)
  if (digest !== undefined && !isDigest(digest)) return undefined
  const named = at < 0 ? text : text.slice(0, at)
  const colon = named.lastIndexOf(':')
  const hasTag = colon > named.lastIndexOf('/') && colon > named.lastIndexOf(']')
  const tag = hasTag ? named.slice(colon + 1) : undefined
  if (tag !== undefined && !isTag(tag)) return undefined
  const name = parseName(hasTag ? named.slice(0, colon) : named)
  if (name === undefined) return undefined
  return { ...name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) }
}

/** Formats an image name. Inverse of `parseReference`. */
export function formatReference(reference: Reference): string {
  const { tag, digest } = reference
  return `${repositoryOf(reference)}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}

/** Formats the name without tag and digest. */
export function repositoryOf({ domain, path }: Reference): string {
  return domain === undefined ? path : `${domain}/${path}`
}

/** Expands a name as Docker does: `redis` becomes `docker.io/library/redis:latest`. */
export function qualified(reference: Reference): Reference {
  const domain = reference.domain ?? 'docker.io'
  const official = (domain === 'docker.io' || domain === 'index.docker.io') && !reference.path.includes('/')
  const tag = reference.tag ?? (reference.digest === undefined ? 'latest' : undefined)
  return {
    ...reference,
    domain: domain === 'index.docker.io' ? 'docker.io' : domain,
    path: official ? `library/${reference.path}` : reference.path,
    ...(tag === undefined ? {} : { tag }),
  }
}

/** Tells whether a string is a valid tag. */
export function isTag(text: string): boolean {
  return tagRule.test(text)
}

/** Splits a name without tag and digest into domain and path. */
function parseName(name: string): Pick<Reference, 'domain' | 'path'> | undefined {
  if (name.length > longestName) return undefined
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  const hasDomain = isDomain(first)
  const path = hasDomain ? name.slice(slash + 1) : name
  if (!path.split('/').every((component) => componentRule.test(component))) return undefined
  // A bare digest without "sha256:" is not a valid name: the two must not be confused (reference package, "anchoredIdentifier").
  if (/^[0-9a-f]{64}$/.test(name)) return undefined
  return hasDomain ? { domain: first, path } : { path }
}

/** Tells whether the part before the first slash is a host: it has a dot, a port or capitals, or is "localhost". */
function isDomain(part: string): boolean {
  return (/[.:A-Z]/.test(part) || part === 'localhost') && domainRule.test(part)
}
