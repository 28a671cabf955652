/** Names of images as engines write them. */
import { fail } from '../base/error.ts'
import { formatReference, parseReference, qualified } from '../format/reference.ts'

/** Tells whether two names refer to the same image: "x" is "docker.io/library/x:latest". */
export function sameName(a: string, b: string): boolean {
  return fullName(a) === fullName(b)
}

/** Expands a name as docker, containerd and Kubernetes do. */
export function fullName(name: string): string {
  const reference = parseReference(name)
  return reference === undefined ? name : formatReference(qualified(reference))
}

/** Expands a name as podman does for images that it builds: without a registry it is local. */
export function podmanName(name: string): string {
  const reference = parseReference(name)
  if (reference === undefined) return name
  const { domain = 'localhost', tag = 'latest' } = reference
  return formatReference({ ...reference, domain, tag })
}

/** Checks a name for an image, and adds `latest` if it has no tag. @throws BuildError argument.invalid */
export function checkTag(text: string): string {
  const reference = parseReference(text)
  if (reference !== undefined && reference.digest === undefined) return formatReference({ tag: 'latest', ...reference })
  return fail('argument.invalid', `${JSON.stringify(text)} is not a valid image name.`, {
    remedy: 'Write it as [registry/]name[:tag], such as "redis:7".',
    detail: { name: text },
  })
}
