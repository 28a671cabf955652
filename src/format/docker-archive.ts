/**
 * The two index files of a docker-archive (`docker save`): `manifest.json` and the older `repositories`.
 *
 * Docker's "image specification v1.2" describes both. `manifest.json` lists images, each with its config, its names and its layers in
 * order, all as names of members of the archive.
 */
import * as z from 'zod/mini'
import { fail } from '../base/error.ts'
import { parseJson } from './oci.ts'

/** One image of an archive. A layer may be listed more than once. */
export interface ArchiveItem {
  readonly Config: string
  readonly RepoTags: readonly string[]
  readonly Layers: readonly string[]
}

/** Reads `manifest.json`. Inverse of `formatArchiveIndex`. @throws BuildError archive.invalid */
export function parseArchiveIndex(bytes: Uint8Array, place: string): readonly ArchiveItem[] {
  const result = items.safeParse(parseJson(bytes, place))
  if (result.success) return result.data
  const at = (result.error.issues[0]?.path ?? []).map((step) =>
    typeof step === 'number' ? `[${step}]` : `.${String(step)}`,
  )
  return fail('archive.invalid', `${place}${at.join('')} is missing or of the wrong type.`, {
    remedy: 'Make the archive again: this one is not what "docker save" and the like write.',
    detail: { place },
  })
}

/** Writes `manifest.json`: keys in Docker's order. Inverse of `parseArchiveIndex`. */
export function formatArchiveIndex(images: readonly ArchiveItem[]): Uint8Array {
  const ordered = images.map(({ Config, RepoTags, Layers }) => ({ Config, RepoTags, Layers }))
  return Buffer.from(JSON.stringify(ordered), 'utf8')
}

/** Writes `repositories`: name → tag → id of the image's last layer; names and tags sorted. */
export function formatRepositories(names: ReadonlyMap<string, ReadonlyMap<string, string>>): Uint8Array {
  const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  const value = Object.fromEntries(sorted(names).map(([name, tags]) => [name, Object.fromEntries(sorted(tags))]))
  return Buffer.from(JSON.stringify(value), 'utf8')
}

// "RepoTags": null is an image without a name.
const items = z.array(
  z.object({
    Config: z.string(),
    RepoTags: z._default(z.array(z.string()), []),
    Layers: z._default(z.array(z.string()), []),
  }),
)
