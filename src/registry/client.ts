/**
 * Registries, as the rest of slipway sees them: names resolved, documents and blobs read and put (OCI distribution specification 1.1 and
 * Docker Registry HTTP API V2).
 *
 * Reading asks mirrors first; writing goes to the registry itself. All bytes are held against their digests before anybody gets the last
 * of them.
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
import { formatRegistryName, hostOf, manifestReference, type RegistryName, type Repository } from './name.ts'
import { listReferrer, listReferrers } from './referrers.ts'
import { openSession, originOf, type Session } from './session.ts'
import { listTags } from './tags.ts'
import { putBlob, type Uploaded } from './upload.ts'

/** What registries are asked with. */
export interface RegistryOptions extends Asking {
  readonly logins: Logins
  /** Whether a host may be asked over plain HTTP. This machine may always be. */
  readonly insecure: (host: string) => boolean
  readonly mirrors: Mirrors
}

/** All registries, with one session for each host. */
export interface Registries {
  /** What a name stands for. @throws BuildError registry.not-found, registry.*, network.* */
  resolve(name: RegistryName): Promise<Descriptor>
  /** The same; undefined when there is none. */
  find(name: RegistryName): Promise<Descriptor | undefined>
  /** A manifest or an index. @throws BuildError registry.not-found, registry.*, network.* */
  manifest(name: RegistryName): Promise<RegistryDocument>
  /** The bytes of a blob: verified, and resumed where a transfer broke. */
  blob(repository: Repository, descriptor: Descriptor, report?: Watch['report']): AsyncIterable<Uint8Array>
  /** Whether the registry itself has a blob or a manifest. */
  has(repository: Repository, descriptor: Descriptor): Promise<boolean>
  /**
   * Puts a blob, or a manifest under its digest.
   *
   * @param put.mountFrom - repositories of the same registry that may have the blob.
   */
  put(repository: Repository, put: Put): Promise<Uploaded & { readonly knowsSubject?: boolean }>
  /** Puts a manifest or an index under a tag or its digest; what it lists must be there. */
  name(name: RegistryName, document: RegistryDocument): Promise<void>
  /** The manifests that refer to one: signatures and the like. */
  referrers(repository: Repository, subject: Digest): Promise<readonly Descriptor[]>
  /** Lists a referrer that was put, where the registry does not do that itself. */
  listReferrer(repository: Repository, subject: Digest, referrer: RegistryDocument): Promise<void>
  /** All tags of a repository, in the registry's order. */
  tags(repository: Repository): Promise<readonly string[]>
  /** Fails unless the registry takes the login that it is asked with. @throws BuildError registry.denied */
  checkLogin(domain: string): Promise<void>
}

/** What is put. */
export interface Put {
  readonly descriptor: Descriptor
  readonly content: Content
  readonly watch: Watch
  readonly mountFrom?: readonly string[]
}

/** Registries to be asked. Nothing is asked before something is wanted. */
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
    const login = () => options.logins.find(domain, path)
    return openSession({ host, origin: () => originFor(host, insecure), login, network, signal })
  }
  const endpoint = (domain: string, path: string, insecure?: boolean): Endpoint => {
    const session = sessions.get(`${domain}/${path}`) ?? sessionFor(domain, path, insecure)
    sessions.set(`${domain}/${path}`, session)
    return { session, path, network, signal }
  }
  const own = ({ domain, path }: Repository): Endpoint => endpoint(domain, path)
  // Mirrors that could not be reached or lied: not asked again.
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

/** Asks mirrors and then the registry: a mirror that fails, or does not have it, is passed over. */
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
  if (answer.status !== 200) throw await refusal(answer, `${session.host} does not take the login`, asking)
  await drop(answer)
}

function notFound(name: RegistryName): never {
  return fail('registry.not-found', `${formatRegistryName(name)} does not exist.`, {
    remedy: 'Check the name and the tag; `slipway tags` lists the tags of a repository.',
    detail: { name: formatRegistryName(name) },
  })
}
