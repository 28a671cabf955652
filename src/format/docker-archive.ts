/**
 * The two index files of a docker-archive (`docker save`): `manifest.json` and the older `repositories`.
 *
 * Docker's "image specification v1.2" describes both. `manifest.json` lists images, each with its config, its names and its layers in
 * order, all as names of members of the archive.
 */

/** One image of an archive. A layer may be listed more than once. */
export interface ArchiveItem {
  readonly Config: string
  readonly RepoTags: readonly string[]
  readonly Layers: readonly string[]
}

/** Formats `manifest.json`, keys in Docker's order. Inverse of `parseArchiveIndex` (docker-archive-read.ts). */
export function formatArchiveIndex(images: readonly ArchiveItem[]): Uint8Array {
  const ordered = images.map(({ Config, RepoTags, Layers }) => ({ Config, RepoTags, Layers }))
  return Buffer.from(JSON.stringify(ordered), 'utf8')
}

/** Formats `repositories`: name → tag → id of the image's last layer; names and tags sorted. */
export function formatRepositories(names: ReadonlyMap<string, ReadonlyMap<string, string>>): Uint8Array {
  const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  const value = Object.fromEntries(sorted(names).map(([name, tags]) => [name, Object.fromEntries(sorted(tags))]))
  return Buffer.from(JSON.stringify(value), 'utf8')
}
