/** Which repositories have a blob, as far as is known: there it can be mounted from instead of being sent. */
import type { Digest } from '../base/digest.ts'
import type { Repository } from '../registry/name.ts'
import type { Memory } from '../store/store.ts'

const factKind = 'blob-repositories'
/** Maximum number of repositories per blob: one is enough to mount from. */
const mostKnown = 4

/** Remembers that a repository has a blob. */
export function rememberRepository(memory: Memory, digest: Digest, { domain, path }: Repository): void {
  const repository = `${domain}/${path}`
  const known = knownFor(memory, digest)
  if (known[0] === repository) return
  const all = [repository, ...known.filter((each) => each !== repository)].slice(0, mostKnown)
  memory.rememberFact(factKind, digest, all.join(' '))
}

/** Returns the other repositories of a registry that may have a blob. */
export function repositoriesWith(memory: Memory, digest: Digest, { domain, path }: Repository): readonly string[] {
  return knownFor(memory, digest)
    .filter((each) => each.startsWith(`${domain}/`))
    .map((each) => each.slice(domain.length + 1))
    .filter((each) => each !== path)
}

function knownFor(memory: Memory, digest: Digest): readonly string[] {
  return (memory.fact(factKind, digest) ?? '').split(' ').filter((each) => each !== '')
}
