/** Checks the arguments of `pullImage`, all at once, and converts them to plain data. */
import { type Check, checkArguments, checkBoolean, checkString, orDefault, refuse, shown } from '../../base/check.ts'
import { algorithmOf, type Digest, type FileHash, isDigest, parseFileHash } from '../../base/digest.ts'
import { fail } from '../../base/error.ts'
import { formatReference, parseReference, qualified, repositoryOf } from '../../format/reference.ts'
import { processorNamed } from '../../image/platform.ts'
import { checkWritten } from '../../source/placeholder.ts'
import type { LockPlace } from '../../source/project-lock.ts'
import { imageTag } from '../arguments.ts'
import type { Bound } from '../bound.ts'
import { maxUnpackedBytes } from '../layered-arguments.ts'
import { archiveNameOf } from './pulled-path.ts'

/** Arguments of `dockerTools.pullImage`. `null` means the default everywhere. */
export interface PullImageArguments {
  /**
   * Name of the image without tag and digest, as Docker reads it; a registry's domain may come first.
   *
   * @example 'registry.example/team/base'
   */
  readonly imageName: string
  /** Digest of the image's manifest, or of the index of its platforms: `sha256:…`. Default: the one that `slipway.lock` has for `imageTag`. */
  readonly imageDigest?: string | null
  /** Tag of the image; without `imageDigest`, `slipway.lock` records its current digest. Default: none. */
  readonly imageTag?: string | null
  /** SHA-256 or SHA-512 of the archive that skopeo makes of the image, in SRI form, hex digits or base-32. Default: none. */
  readonly hash?: string | null
  /** SHA-256 of the same archive; at most one of the two is given. Default: none. */
  readonly sha256?: string | null
  /** Name that the image has in its archive, without tag. Default: `imageName`. */
  readonly finalImageName?: string | null
  /** Tag that the image has in its archive. Default: `imageTag`, else "latest". */
  readonly finalImageTag?: string | null
  /** Operating system to take from an index. Default: "linux". */
  readonly os?: string | null
  /** Architecture to take from an index, such as "amd64", "x86_64", "arm64", "aarch64" or "arm/v7". Default: the set's, else this machine's. */
  readonly arch?: string | null
  /** Whether certificates are verified and plain HTTP is refused. Default: the registry's setting on this machine, else true. */
  readonly tlsVerify?: boolean | null
  /** Name of the store object. Default: `docker-image-<finalImageName>-<finalImageTag>.tar`. */
  readonly name?: string | null
  /** Limit, in bytes, on what a compressed layer may expand to. Default: the larger of 1 GiB and 100 × its compressed size. */
  readonly maxUnpackedBytes?: number | null
}

/** Arguments of a call after their checks: everything that determines a pulled image, and how it is fetched. */
export interface Pull {
  /** Name of the store object. */
  readonly name: string
  /** Full name of the repository, such as "docker.io/library/debian". */
  readonly repository: string
  readonly tag: string | null
  readonly digest: Digest | null
  readonly hash: FileHash | null
  /** Name and tag of the image in its archive; `name` is the full name. */
  readonly final: { readonly name: string; readonly tag: string }
  readonly os: string
  /** Null means this machine's. */
  readonly arch: { readonly architecture: string; readonly variant?: string } | null
  readonly tlsVerify: boolean
  readonly maxUnpackedBytes: number | null
  /** Lock that records the tag. */
  readonly lock: LockPlace
}

/** @throws BuildError argument.*: every mistake of the call at once */
export function checkPull(
  given: unknown,
  bound: Pick<Bound, 'architecture' | 'lock'>,
): Pull & { readonly finalName: string } {
  const checked = checkArguments('pullImage', given, {
    imageName: repositoryName,
    imageDigest: orDefault(digest, null),
    imageTag: orDefault(imageTag, null),
    hash: orDefault(hashOf('hash', ['sha256', 'sha512']), null),
    sha256: orDefault(hashOf('sha256', ['sha256']), null),
    finalImageName: orDefault(repositoryName, null),
    finalImageTag: orDefault(imageTag, null),
    os: orDefault(word, 'linux'),
    arch: orDefault(processor, bound.architecture === undefined ? null : processorNamed(bound.architecture)),
    tlsVerify: orDefault(checkBoolean, true),
    name: orDefault(checkWritten, null),
    maxUnpackedBytes,
  })
  const { imageDigest, imageTag: tag, hash, sha256, os, arch, tlsVerify } = checked
  if (hash !== null && sha256 !== null)
    refuse('pullImage: sha256', sha256, 'left out if hash is given: both are the hash of the archive')
  if (imageDigest === null && tag === null) refuseUnpinned(checked.imageName)
  if (imageDigest === null && (hash ?? sha256) !== null)
    refuse('pullImage: imageDigest', undefined, 'the digest of the image whose archive has this hash')
  const finalName = checked.finalImageName ?? checked.imageName
  const final = { name: fullName(finalName), tag: checked.finalImageTag ?? tag ?? 'latest' }
  return {
    name: checked.name ?? archiveNameOf(finalName, final.tag),
    repository: fullName(checked.imageName),
    ...{ tag, digest: imageDigest, hash: hash ?? sha256, final, finalName },
    ...{ os, arch, tlsVerify, maxUnpackedBytes: checked.maxUnpackedBytes },
    lock: bound.lock,
  }
}

/** Check for the name of a repository, as Docker reads it. */
const repositoryName: Check<string> = (value, place) => {
  const name = checkWritten(value, place)
  const reference = parseReference(name)
  if (reference !== undefined && reference.tag === undefined && reference.digest === undefined) return name
  if (reference === undefined)
    return refuse(place, value, 'the name of an image, such as "debian" or "registry.example/team/base"')
  const parts = [
    `"${repositoryOf(reference)}"`,
    ...(reference.tag === undefined ? [] : [`imageTag: "${reference.tag}"`]),
    ...(reference.digest === undefined ? [] : [`imageDigest: "${reference.digest}"`]),
  ]
  return fail('argument.invalid', `${place} must not contain a tag or a digest; got ${shown(value)}.`, {
    remedy: `Give them as arguments of their own: ${place}: ${parts.join(', ')}.`,
    detail: { place },
  })
}

const digest: Check<Digest> = (value, place) => {
  const text = checkString(value, place)
  return isDigest(text)
    ? text
    : refuse(place, value, 'the digest of a manifest or an index, "sha256:" and 64 hex digits')
}

const noHash: FileHash = `sha256:${'0'.repeat(64)}`

/** Check for a hash; an empty one means zeros, as in nixpkgs, so that the error shows the right one. */
function hashOf(name: string, algorithms: readonly ('sha256' | 'sha512')[]): Check<FileHash> {
  return (value, place) => {
    const text = checkString(value, place)
    const hash = text === '' ? noHash : parseFileHash(text)
    if (hash !== undefined && algorithms.includes(algorithmOf(hash))) return hash
    return refuse(place, value, `the ${name} of the image's archive, as \`slipway prefetch\` prints it`)
  }
}

const word: Check<string> = (value, place) => {
  const text = checkString(value, place)
  return /^[a-z0-9]+$/.test(text) ? text : refuse(place, value, 'an operating system, such as "linux"')
}

/** Check for an architecture in Go's, Debian's or the kernel's spelling, optionally followed by a slash and a variant. */
const processor: Check<NonNullable<Pull['arch']>> = (value, place) => {
  const [name = '', variant, ...more] = checkString(value, place).split('/')
  if (!/^[a-z0-9_]+$/.test(name) || variant === '' || more.length > 0)
    return refuse(place, value, 'an architecture, such as "amd64", "arm64" or "arm/v7"')
  return { ...processorNamed(name), ...(variant === undefined ? {} : { variant }) }
}

function fullName(name: string): string {
  const reference = parseReference(name)
  if (reference === undefined) throw new Error(`unreachable: ${name} was checked`)
  const { tag: _tag, ...full } = qualified(reference)
  return formatReference(full)
}

function refuseUnpinned(name: string): never {
  return fail('argument.invalid', 'pullImage: imageDigest is missing: expected the digest of the image, or imageTag.', {
    remedy: `Write \`imageTag: "latest"\` to have slipway.lock pin it, or use the arguments that \`slipway prefetch ${name}\` prints.`,
    detail: { place: 'imageDigest' },
  })
}
