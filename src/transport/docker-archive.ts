/**
 * Finds an image in a docker-archive by any tool: `docker save` (with or without a layout inside), skopeo, podman, nixpkgs, slipway.
 *
 * `manifest.json` lists images, their names and, by member, their config and layers. Digests that member names state are held against the
 * bytes: `<hex>.json` of a config, `blobs/sha256/<hex>` of anything. Layers are held against the config's diff IDs when they are read.
 */
import { type Digest, digestFromHex } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import type { ArchiveItem } from '../format/docker-archive.ts'
import { parseArchiveIndex } from '../format/docker-archive-read.ts'
import { documentLimit, parseImageConfig } from '../format/oci.ts'
import {
  type FoundImage,
  type FoundLayer,
  type ListedImage,
  listedDigest,
  matches,
  notThere,
  type Selection,
  withDigest,
} from './found-image.ts'
import { documentOfMember } from './member-document.ts'
import type { Members } from './members.ts'

/** Member that makes a tar file a docker-archive. */
export const archiveIndexName = 'manifest.json'

/** @throws BuildError archive.invalid, image.not-found */
export function findInArchive(members: Members, selection: Selection): FoundImage {
  const items = itemsOf(members)
  const item = items.find((candidate) => matches(candidate.RepoTags, selection))
  if (item !== undefined) return foundItem(members, item)
  const { name, tag, refName } = selection
  const asked = Object.fromEntries(Object.entries({ name, tag, refName }).filter(([, text]) => text !== undefined))
  return notThere(
    members.place,
    asked,
    items.flatMap(({ RepoTags }) => RepoTags),
  )
}

/** Returns all images of an archive. @throws BuildError archive.invalid, image.not-found */
export function allInArchive(members: Members): readonly FoundImage[] {
  const images = itemsOf(members).map((item) => foundItem(members, item))
  return images.length > 0 ? images : notThere(members.place, {}, [])
}

/** Returns the list of all images of an archive. @throws BuildError archive.invalid */
export function listArchive(members: Members): readonly ListedImage[] {
  return allInArchive(members).map((image) => ({
    names: image.names,
    platform: image.config.value,
    digest: listedDigest(image),
  }))
}

function itemsOf(members: Members): readonly ArchiveItem[] {
  const bytes = documentOfMember(members, archiveIndexName, documentLimit)
  return parseArchiveIndex(bytes, `${members.place}: ${archiveIndexName}`)
}

function foundItem(members: Members, item: ArchiveItem): FoundImage {
  const { place } = members
  const stated = digestIn(item.Config)
  const bytes = documentOfMember(members, item.Config, documentLimit)
  if (stated !== undefined) withDigest(bytes, stated, `${place}: ${item.Config}`)
  const config = parseImageConfig(bytes, `${place}: ${item.Config}`)
  const diffIds = config.value.rootfs.diff_ids
  if (diffIds.length !== item.Layers.length) {
    fail('archive.invalid', `${place} lists ${item.Layers.length} layers, but its config has ${diffIds.length}.`, {
      remedy: 'Create the archive again.',
    })
  }
  return { place, names: item.RepoTags, config, layers: item.Layers.map((name) => layerOf(members, name)) }
}

function layerOf(members: Members, name: string): FoundLayer {
  const content = members.content(name)
  if (content === undefined) {
    return fail('archive.invalid', `${members.place} lists the layer "${name}", but does not contain it.`, {
      remedy: 'Create the archive again; it may be truncated.',
    })
  }
  const blob = name.startsWith('blobs/sha256/') ? digestIn(name) : undefined
  return { name, content, ...(blob === undefined ? {} : { blob }) }
}

/** Returns the digest in a member's name, "<64 hex>.json" or "blobs/sha256/<64 hex>". */
function digestIn(name: string): Digest | undefined {
  const hex = /^(?:blobs\/sha256\/([0-9a-f]{64})|([0-9a-f]{64})\.json)$/.exec(name)
  return hex === null ? undefined : digestFromHex(hex[1] ?? hex[2] ?? '')
}
