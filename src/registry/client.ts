/**
 * Registries, as the rest of slipway sees them: resolves names, reads and writes documents and blobs (OCI distribution specification 1.1
 * and Docker Registry HTTP API V2).
 *
 * Reads ask mirrors first; writes go to the registry itself. All bytes are checked against their digests before the caller gets the last of
 * them.
 */
import { type Content, contentOf } from '../base/bytes.ts'
import type { Digest } from '../base/digest.ts'
import { BuildError, fail } from '../base/error.ts'
import { unwatched, type Watch } from '../base/event.ts'
import { type Descriptor, isDocumentType } from '../format/oci.ts'
import { type Asking, drop } from '../net/exchange.ts'
import { refusal } from './answer.ts'
import { hasBlob, readBlob } from './blobs.ts'
import type { Endpoint } from './endpoint.ts'
import type { Logins } from './login.ts'
import { putManifest, type RegistryDocument, readManifest, resolveManifest } from './manifests.ts'
import type { Mirrors } from './mirrors.ts'
import {
  formatRegistryName,
  hostOf,
  manifestReference,
  type RegistryName,
  type Repository,
  registryAt,
} from './name.ts'
import { listReferrer, listReferrers } from './referrers.ts'
import { openSession, originOf, type Session } from './session.ts'
import { listTags } from './tags.ts'
import { putBlob, type Uploaded } from './upload.ts'

/** Settings of registries. */
export interface RegistryOptions extends Asking {
  readonly logins: Logins
  /** Tells whether a host may be contacted over plain HTTP. This machine always may. */
  readonly insecure: (host: string) => boolean
  readonly mirrors: Mirrors
}

/** All registries, with one session for each host. */
export interface Registries {
  /** Resolves a name to a descriptor. @throws BuildError registry.not-found, registry.*, network.* */
  resolve(name: RegistryName): Promise<Descriptor>
  /** The same; undefined if the name does not exist. */
  find(name: RegistryName): Promise<Descriptor | undefined>
  /** Reads a manifest or an index. @throws BuildError registry.not-found, registry.*, network.* */
  manifest(name: RegistryName): Promise<RegistryDocument>
  /** Yields the bytes of a blob: verified, and resumed after a broken transfer. */
  blob(repository: Repository, descriptor: Descriptor, report?: Watch['report']): AsyncIterable<Uint8Array>
  /** Tells whether the registry itself has a blob or a manifest. */
  has(repository: Repository, descriptor: Descriptor): Promise<boolean>
  /**
   * Uploads a blob, or a manifest under its digest.
   *
   * @param put.mountFrom - repositories of the same registry that may have the blob
   */
  put(repository: Repository, put: Put): Promise<Uploaded & { readonly knowsSubject?: boolean }>
  /** Uploads a manifest or an index under a tag or its digest; the blobs it lists must exist. */
  name(name: RegistryName, document: RegistryDocument): Promise<void>
  /** Lists the manifests that refer to one: signatures and the like. */
  referrers(repository: Repository, subject: Digest): Promise<readonly Descriptor[]>
  /** Adds an uploaded referrer to the list, if the registry does not do that itself. */
  listReferrer(repository: Repository, subject: Digest, referrer: RegistryDocument): Promise<void>
  /** Lists all tags of a repository, in the registry's order. */
  tags(repository: Repository): Promise<readonly string[]>
  /** Fails unless the registry accepts the login. @throws BuildError registry.denied */
  checkLogin(domain: string): Promise<void>
}

/** Content to upload. */
export interface Put {
  readonly descriptor: Descriptor
  readonly content: Content
  readonly watch: Watch
  readonly mountFrom?: readonly string[]
}

/** Opens registries. Contacts none before the first request. */
export function openRegistries(options: RegistryOptions): Registries {
  const sessions = new Map<string, Session>()
  const { network, signal } = options
  const origins = new Map<string, Promise<URL>>()
  const originFor = (host: string, insecure: boolean): Promise<URL> => {
    const known = origins.get(host) ?? originOf(host, insecure, options)
    origins.set(host, known)
    return known
  }
  const sessionFor = (domain: string, path: string, insecure = options.insecure(domain)): Session => {
    const host = hostOf(domain)
    const login = () => options.logins.find(registryAt(domain), path)
    return openSession({ host, origin: () => originFor(host, insecure), login, network, signal })
  }
  const endpoint = (domain: string, path: string, insecure?: boolean): Endpoint => {
    const session = sessions.get(`${domain}/${path}`) ?? sessionFor(domain, path, insecure)
    sessions.set(`${domain}/${path}`, session)
    return { session, path, network, signal }
  }
  const own = ({ domain, path }: Repository): Endpoint => endpoint(domain, path)
  // Mirrors that were unreachable or sent wrong content: not asked again.
  const shunned = new Set<string>()
  const endpoints = (name: RegistryName): readonly Endpoint[] =>
    options.mirrors
      .of(name)
      .map(({ domain, path, insecure }) => endpoint(domain, path, insecure))
      .filter(({ session }, index, all) => index === all.length - 1 || !shunned.has(session.host))
  const find = (name: RegistryName): Promise<Descriptor | undefined> =>
    firstFound(endpoints(name), shunned, (each) => resolveManifest(each, manifestReference(name)))
  return {
    find,
    resolve: async (name) => (await find(name)) ?? notFound(name),
    manifest: async (name) =>
      (await firstFound(endpoints(name), shunned, (each) => readManifest(each, manifestReference(name)))) ??
      notFound(name),
    blob: ({ domain, path }, descriptor, report = unwatched.report) =>
      readBlob(endpoints({ domain, path, digest: descriptor.digest }), descriptor, { signal, report, shunned }),
    has: async (repository, descriptor) =>
      isDocumentType(descriptor.mediaType)
        ? (await resolveManifest(own(repository), descriptor.digest)) !== undefined
        : hasBlob(own(repository), descriptor),
    put: async (repository, { descriptor, content, mountFrom = [], watch }) => {
      if (!isDocumentType(descriptor.mediaType))
        return putBlob(own(repository), { descriptor, content, mountFrom }, watch)
      const { knowsSubject } = await putManifest(own(repository), descriptor.digest, { descriptor, content })
      return { how: 'sent', sent: descriptor.size, knowsSubject }
    },
    name: async (name, { descriptor, bytes }) => {
      await putManifest(own(name), manifestReference(name), { descriptor, content: contentOf(bytes) })
    },
    referrers: (repository, subject) => listReferrers(own(repository), subject),
    listReferrer: (repository, subject, referrer) => listReferrer(own(repository), subject, referrer),
    tags: (repository) => listTags(own(repository)),
    checkLogin: (domain) => checkLogin(sessionFor(domain, ''), options),
  }
}

/** Asks mirrors and then the registry: skips a mirror that fails, or does not have it. */
async function firstFound<T>(
  endpoints: readonly Endpoint[],
  shunned: Set<string>,
  work: (endpoint: Endpoint) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const [index, endpoint] of endpoints.entries()) {
    try {
      const found = await work(endpoint)
      if (found !== undefined) return found
    } catch (thrown) {
      if (!(thrown instanceof BuildError) || index === endpoints.length - 1) throw thrown
      if (thrown.code !== 'registry.not-found') shunned.add(endpoint.session.host)
    }
  }
  return undefined
}

async function checkLogin(session: Session, asking: Asking): Promise<void> {
  const answer = await session.send(await session.address('/v2/'), {}, '')
  if (answer.status === 401) {
    await drop(answer)
    fail('registry.denied', `${session.host} does not accept this user and password.`, {
      remedy: 'Check both; some registries expect an access token instead of the password.',
      detail: { host: session.host },
    })
  }
  if (answer.status !== 200) throw await refusal(answer, `${session.host} does not accept the login`, asking)
  await drop(answer)
}

function notFound(name: RegistryName): never {
  return fail('registry.not-found', `${formatRegistryName(name)} does not exist.`, {
    remedy: 'Check the name and the tag; `slipway tags` lists the tags of a repository.',
    detail: { name: formatRegistryName(name) },
  })
}
