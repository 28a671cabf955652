/** Repository of a registry as a source and a target of contents. */
import { collect } from '../base/bytes.ts'
import type { Digest } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { isDocumentType } from '../format/oci.ts'
import type { Descriptor } from '../layer/layer.ts'
import type { Registries } from '../registry/client.ts'
import { formatRegistryName, parseRegistryName, type RegistryName } from '../registry/name.ts'
import type { Memory } from '../store/store.ts'
import type { ContentSource } from './content.ts'
import type { Listing } from './find-image.ts'
import { rememberRepository, repositoriesWith } from './known-repositories.ts'
import type { NamingTarget } from './layout.ts'
import { refNameAnnotation } from './layout-names.ts'

/** Contents of a repository, one of which is listed. */
export interface RegistryListing extends Listing {
  readonly name: RegistryName
  /** Descriptor that the name resolves to. */
  readonly root: Descriptor
}

/** Resolves a name in a registry, and opens the contents of its repository. @throws BuildError registry.*, network.* */
export async function registryListing(text: string, registries: Registries, memory?: Memory): Promise<RegistryListing> {
  const name = parseRegistryName(text)
  const descriptor = await registries.resolve(name)
  const annotations = { [refNameAnnotation]: formatRegistryName(name) }
  return {
    name,
    root: descriptor,
    listed: [{ ...descriptor, annotations }],
    source: registrySource(name, registries, memory),
    referrers: (subject) => registries.referrers(name, subject),
    tagged: (tag) => registries.find({ domain: name.domain, path: name.path, tag }),
  }
}

function registrySource(name: RegistryName, registries: Registries, memory: Memory | undefined): ContentSource {
  const { domain, path } = name
  // A manifest is read to choose an image, and again to copy it; registries count such requests.
  let last: { readonly digest: Digest; readonly bytes: Uint8Array } | undefined
  const manifest = async (digest: Digest): Promise<Uint8Array> => {
    if (last?.digest === digest) return last.bytes
    const { bytes } = await registries.manifest({ domain, path, digest })
    last = { digest, bytes }
    return bytes
  }
  return {
    name: formatRegistryName(name),
    isVerified: true,
    get: async (descriptor) => {
      const { digest, size } = descriptor
      if (!isDocumentType(descriptor.mediaType)) {
        if (memory !== undefined) rememberRepository(memory, digest, name)
        return { size, open: () => registries.blob(name, descriptor) }
      }
      const bytes = await manifest(digest)
      if (bytes.length === size) return { size, open: () => [bytes] }
      return fail(
        'registry.invalid',
        `${formatRegistryName(name)}: ${digest} has ${bytes.length} bytes instead of ${size}.`,
        {
          remedy: 'Ask the operator of the registry, or use another.',
          detail: { digest },
        },
      )
    },
  }
}

/** Opens a repository as a target. Naming a content sets the tag of `name`; with a digest only, nothing. */
export interface RegistryTarget extends NamingTarget {
  /** Bytes of blobs that were sent. */
  sent(): number
}

/** Dependencies of a target. */
export interface RegistryTargetOptions {
  readonly registries: Registries
  readonly watch: Watch
  readonly memory?: Memory
  /** Repositories of the same registry that have what is put. */
  readonly mountFrom?: readonly string[]
}

/** Opens a repository as a target. */
export function registryTarget(name: RegistryName, options: RegistryTargetOptions): RegistryTarget {
  const { registries, watch, memory, mountFrom = [] } = options
  const { domain, path, tag } = name
  const documents = new Map<Digest, Uint8Array>()
  /** Referrers that the registry lists itself. */
  const listed = new Set<Digest>()
  let sent = 0
  const document = async (digest: Digest): Promise<Uint8Array> =>
    documents.get(digest) ?? (await registries.manifest({ domain, path, digest })).bytes
  const putTag = async (descriptor: Descriptor, tag: string): Promise<void> => {
    if ((await registries.find({ domain, path, tag }))?.digest === descriptor.digest) return
    await registries.name({ domain, path, tag }, { descriptor, bytes: await document(descriptor.digest) })
  }
  return {
    has: (descriptor) => registries.has(name, descriptor),
    put: async (descriptor, content) => {
      const { digest } = descriptor
      if (isDocumentType(descriptor.mediaType)) documents.set(digest, await collect(content.open()))
      const known = memory === undefined ? [] : repositoriesWith(memory, digest, name)
      const from = isDocumentType(descriptor.mediaType)
        ? []
        : [...new Set([...mountFrom, ...known])].filter((each) => each !== path)
      const result = await registries.put(name, { descriptor, content, watch, mountFrom: from })
      if (result.knowsSubject === true) listed.add(digest)
      if (!isDocumentType(descriptor.mediaType)) sent += result.sent
      if (memory !== undefined && !isDocumentType(descriptor.mediaType)) rememberRepository(memory, digest, name)
    },
    name: async (descriptor) => {
      checkDigest(name, descriptor)
      if (name.digest === undefined && tag !== undefined) await putTag(descriptor, tag)
    },
    tag: putTag,
    attach: async (referrer, subject) => {
      if (listed.has(referrer.digest)) return
      await registries.listReferrer(name, subject, { descriptor: referrer, bytes: await document(referrer.digest) })
    },
    sent: () => sent,
  }
}

/** Refuses to name a content by another content's digest. */
function checkDigest(name: RegistryName, { digest }: Descriptor): void {
  if (name.digest === undefined || name.digest === digest) return
  fail('argument.invalid', `${formatRegistryName(name)} cannot name ${digest}.`, {
    remedy: 'Use a tag, or neither tag nor digest.',
    detail: { name: formatRegistryName(name) },
  })
}
