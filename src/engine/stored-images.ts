/** What docker and podman say of the images that they have. */
import { type Digest, digestFromHex, isDigest } from '../base/digest.ts'
import { ask, type Calling, type Client, call, isEngineFailure } from './client.ts'
import { sameName } from './names.ts'

/** An image that an engine has. */
export interface StoredImage {
  /** Its ID there: the digest of its config, or, with docker's containerd store, of its manifest or index. */
  readonly id: Digest
  /** Full names, as the engine writes them. */
  readonly names: readonly string[]
  /** Diff IDs of its layers, bottom first. */
  readonly diffIds: readonly Digest[]
}

/** Asks for all images, intermediate ones included. An image that is removed meanwhile is left out. */
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
 * Tells whether an engine has an image, and gives it the names that it lacks.
 *
 * @returns false when the image is not there, or not any more.
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

/** Images that are asked about in one call: the system limits the length of a command. */
const mostAtOnce = 500

/** podman breaks a whole image's JSON into lines. */
const format = '{{.Id}} {{json .RepoTags}} {{json .RootFS.Layers}}'

function parsed(line: string): StoredImage | undefined {
  const [, text = '', names = '', layers = ''] = /^(\S+) (\[.*?\]|null) (\[.*\]|null)$/.exec(line) ?? []
  const id = idIn(text)
  return id === undefined ? undefined : { id, names: stringsIn(names), diffIds: stringsIn(layers).filter(isDigest) }
}

/** podman writes IDs without their algorithm. */
function idIn(text: string): Digest | undefined {
  return isDigest(text) ? text : digestFromHex(text)
}

function stringsIn(json: string): readonly string[] {
  const value: unknown = json === '' ? null : JSON.parse(json)
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
