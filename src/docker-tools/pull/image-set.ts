/** Images in slipway.lock: digests of a tag, by platform. Each name and tag is a set of its own: `image docker.io/library/debian:12`. */
import { type Digest, isDigest } from '../../base/digest.ts'
import { formatPlatform, type Platform } from '../../image/platform.ts'
import { mapLines, setLines, sorted } from '../../lock/lines.ts'
import { fieldsOf, goTo, type Reader, refuse, textOf } from '../../lock/reader.ts'
import type { Lock, LockedItem, SetKind } from '../../lock/set-kind.ts'
import { pulledPath } from './pulled-path.ts'

/** Image that a tag referred to when it was locked. */
export interface LockedImage {
  /** Full name of the repository, such as "docker.io/library/debian". */
  readonly name: string
  readonly tag: string
  /** Digest of the index, or of the manifest if there is no index. */
  readonly digest: Digest
  /** By platform, as `os/architecture[/variant]`. */
  readonly platforms: ReadonlyMap<string, LockedPlatform>
}

/** One platform's image. */
export interface LockedPlatform {
  readonly manifest: Digest
  readonly config: Digest
  /** Total size of its layers as stored in the registry, in bytes. */
  readonly size: number
}

/** Set kind of locked images. */
export const imageSetKind: SetKind<LockedImage> = {
  kind: 'image',
  read: readImageSet,
  lines: ({ name, tag, digest, platforms }) =>
    setLines([
      ['name', JSON.stringify(name)],
      ['tag', JSON.stringify(tag)],
      ['digest', JSON.stringify(digest)],
      [
        'platforms',
        mapLines(sorted(platforms).map(([name, { manifest, config, size }]) => [name, { manifest, config, size }])),
      ],
    ]),
  paths: ({ name, tag, digest, platforms }) =>
    [...platforms.values()].map(({ manifest }) =>
      pulledPath({ repository: name, tag, published: digest, digest: manifest, final: { name, tag } }),
    ),
  packages: ({ digest, platforms }) =>
    new Map<string, LockedItem>([
      ['digest', { version: digest, size: 0, hash: digest }],
      ...[...platforms].map(([name, { manifest, size }]): [string, LockedItem] => [
        name,
        { version: manifest, size, hash: manifest },
      ]),
    ]),
}

/** Returns the key of an image. */
export function imageKey(repository: string, tag: string): string {
  return `image ${repository}:${tag}`
}

/** Returns the image at a key of a lock. */
export function imageIn(lock: Lock, key: string): LockedImage | undefined {
  const set = lock.get(key)?.set
  return set !== undefined && isLockedImage(set) ? set : undefined
}

function isLockedImage(set: object): set is LockedImage {
  return 'digest' in set && 'platforms' in set
}

/** Parses a platform. Inverse of `formatPlatform`; undefined when the string is not a valid one. */
export function parsePlatformKey(text: string): Platform | undefined {
  const [os = '', architecture = '', variant] = text.split('/')
  const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) }
  return os !== '' && architecture !== '' && variant !== '' && formatPlatform(platform) === text ? platform : undefined
}

function readImageSet(reader: Reader, value: unknown): LockedImage {
  const { name, tag, digest, platforms } = fieldsOf(reader, value, 'an image')
  const inPlatforms = goTo(reader, 'platforms')
  const read = Object.entries(fieldsOf(inPlatforms, platforms, 'platforms')).map(
    ([name, each]) => [name, readPlatform(goTo(inPlatforms, name), name, each)] as const,
  )
  return {
    name: textOf(goTo(reader, 'name'), name, 'name'),
    tag: textOf(goTo(reader, 'tag'), tag, 'tag'),
    digest: readDigest(goTo(reader, 'digest'), digest, 'digest'),
    platforms: new Map(read),
  }
}

function readPlatform(reader: Reader, name: string, value: unknown): LockedPlatform {
  if (parsePlatformKey(name) === undefined) refuse(reader, `has ${JSON.stringify(name)}, which is not a valid platform`)
  const { manifest, config, size } = fieldsOf(reader, value, name)
  return {
    manifest: readDigest(reader, manifest, 'manifest'),
    config: readDigest(reader, config, 'config'),
    size:
      typeof size === 'number' && Number.isSafeInteger(size) && size >= 0
        ? size
        : refuse(reader, 'has a size that is not a number of bytes'),
  }
}

function readDigest(reader: Reader, value: unknown, what: string): Digest {
  return typeof value === 'string' && isDigest(value)
    ? value
    : refuse(reader, `has a ${what} that is not a sha256 digest`)
}
