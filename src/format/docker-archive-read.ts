/** Parses `manifest.json`, the index of a docker-archive (docker-archive.ts). */
import * as z from 'zod/mini'
import { fail } from '../base/error.ts'
import type { ArchiveItem } from './docker-archive.ts'
import { parseJson } from './oci.ts'

/** Parses `manifest.json`. Inverse of `formatArchiveIndex`. @throws BuildError archive.invalid */
export function parseArchiveIndex(bytes: Uint8Array, place: string): readonly ArchiveItem[] {
  const result = items.safeParse(parseJson(bytes, place))
  if (result.success) return result.data
  const at = (result.error.issues[0]?.path ?? []).map((step) =>
    typeof step === 'number' ? `[${step}]` : `.${String(step)}`,
  )
  return fail('archive.invalid', `${place}${at.join('')} is missing or of the wrong type.`, {
    remedy: 'Create the archive again, for example with "docker save".',
    detail: { place },
  })
}

// "RepoTags": null is an image without a name.
const items = z.array(
  z.object({
    Config: z.string(),
    RepoTags: z._default(z.array(z.string()), []),
    Layers: z._default(z.array(z.string()), []),
  }),
)
