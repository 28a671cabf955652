/** Queries the images that docker and podman have. */
import { type Digest, digestFromHex, isDigest } from '../base/digest.ts'
import { ask, type Calling, type Client, call, isEngineFailure } from './client.ts'
import { sameName } from './names.ts'

/** An image that an engine has. */
export interface StoredImage {
  /** Its ID in the engine: the digest of its config, or, with docker's containerd store, of its manifest or index. */
  readonly id: Digest
  /** Full names, as the engine writes them. */
  readonly names: readonly string[]
  /** Diff IDs of its layers, bottom first. */
  readonly diffIds: readonly Digest[]
}

/** Lists all images, including intermediate ones. An image that is removed meanwhile is omitted. */
export async function storedImages(client: Client, calling: Calling): Promise<readonly StoredImage[]> {
  const listed = await ask(client, ['images', '--all', '--quiet', '--no-trunc'], calling)
  const ids = [...new Set(listed.split('\n').filter((line) => line !== ''))]
  const images: StoredImage[] = []
  for (let start = 0; start < ids.length; start += mostAtOnce) {
    const words = ['image', 'inspect', '--format', format, ...ids.slice(start, start + mostAtOnce)]
    const lines = (await ask(client, words, calling)).split('\n')
    images.push(...lines.flatMap((line) => parsed(line) ?? []))
  }
  return images
}

/**
 * Tells whether an engine has an image, and adds the names that it lacks.
 *
 * @returns false if the image does not exist, or no longer exists.
 */
export async function isThere(
  client: Client,
  { id, names }: { readonly id: Digest; readonly names: readonly string[] },
  { stored, watch }: { readonly stored: readonly StoredImage[]; readonly watch: Calling },
): Promise<boolean> {
  const image = stored.find((each) => each.id === id)
  if (image === undefined) return false
  try {
    const lacking = names.filter((name) => !image.names.some((each) => sameName(each, name)))
    for (const name of lacking) await call(client, ['tag', id, name], watch)
    return true
  } catch (thrown) {
    if (isEngineFailure(thrown)) return false
    throw thrown
  }
}

/** Maximum number of images in one call: the system limits the length of a command line. */
const mostAtOnce = 500

/** Format that podman prints on one line; it breaks an image's complete JSON into several. */
const format = '{{.Id}} {{json .RepoTags}} {{json .RootFS.Layers}}'

function parsed(line: string): StoredImage | undefined {
  const [, text = '', names = '', layers = ''] = /^(\S+) (\[.*?\]|null) (\[.*\]|null)$/.exec(line) ?? []
  const id = idIn(text)
  return id === undefined ? undefined : { id, names: stringsIn(names), diffIds: stringsIn(layers).filter(isDigest) }
}

/** Adds the algorithm to an ID, which podman omits. */
function idIn(text: string): Digest | undefined {
  return isDigest(text) ? text : digestFromHex(text)
}

function stringsIn(json: string): readonly string[] {
  const value: unknown = json === '' ? null : JSON.parse(json)
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
