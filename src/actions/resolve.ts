/** `resolve`: replaces references to images in YAML files, such as Kubernetes manifests, by names and digests of pushed images. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { checkBoolean, checkStrings } from '../base/check.ts'
import { BuildError, errorCode, fail, messageOf } from '../base/error.ts'
import { didYouMean } from '../base/nearest.ts'
import { checkTag } from '../engine/names.ts'
import type { YamlReference } from '../format/yaml-references.ts'
import type { ImageTarget } from '../load/image-target.ts'
import { registryPlace } from '../transport/place.ts'
import { checkCall, givenOptions, type OptionChecks, optional } from './call.ts'
import { bound } from './credentials.ts'
import { type PushOptions, push, pushChecks, pushPlaces } from './push.ts'

/** Options of `resolve`. */
export interface ResolveOptions extends Omit<PushOptions, 'names' | 'repository' | 'beside'> {
  /**
   * Repositories to push to: one for all images, to which their names are added, or `FILE#NAME=REPOSITORY` for one. Default: the images'
   * own names.
   *
   * @example ['registry.example/team', 'image.ts#api=registry.example/other/api']
   */
  readonly set?: readonly string[]
  /** Whether directories below the given ones are read too. Default: false. */
  readonly recursive?: boolean
}

const { names: _names, repository: _repository, beside: _beside, ...pushing } = pushChecks
const optionChecks: OptionChecks<ResolveOptions> = {
  ...pushing,
  set: optional(checkStrings),
  recursive: optional(checkBoolean),
}

/** Result of `resolve`. */
export interface ResolveResult {
  /** Contents of all files, concatenated, with references replaced by names and digests. */
  readonly text: string
  /** Images that were pushed, by reference. */
  readonly images: Readonly<Record<string, string>>
}

/** Prefix of a reference. */
const prefix = 'slipway://'

/**
 * Replaces `slipway://FILE#NAME` in YAML and JSON files by `name@digest` of the image, which is built and pushed. Comments, order and quotes stay.
 *
 * @example
 * import { resolve } from 'slipway'
 *
 * const { text } = await resolve(['k8s'], { set: ['registry.example/team'] })
 * console.log(text)
 * @param files - files, or directories whose `.yaml`, `.yml` and `.json` files are read; "-" is standard input.
 * @throws BuildError yaml.invalid, project.unreadable, load.*, and every code of `push`
 */
export async function resolve(files: readonly string[], options: ResolveOptions = {}): Promise<ResolveResult> {
  checkCall('resolve', { files, options }, { files: checkStrings, options: givenOptions(optionChecks) })
  const { yamlReferences, replaceReferences } = await import('../format/yaml-references.ts')
  const read = files.flatMap((file) => filesAt(file, options)).map((file) => ({ file, text: textOf(file) }))
  const found = read.map((each) => ({ ...each, references: yamlReferences(each.text, each.file, prefix) }))
  checkSet(
    options,
    found.flatMap(({ references }) => references.map(({ value }) => value)),
  )
  const { set, recursive: _recursive, ...pushing } = options
  const pushes = new Map<string, PlannedPush>()
  for (const { file, references } of found)
    for (const reference of references)
      if (!pushes.has(reference.value)) pushes.set(reference.value, await planned(reference, file, set))
  const places = [...pushes.values()].flatMap(({ target, to }) => pushPlaces(target, to))
  const given = bound(pushing, places)
  const images = new Map<string, string>()
  for (const [value, push] of pushes) images.set(value, await pushed(push, given))
  const texts = found.map(({ text, references }) =>
    replaceReferences(
      text,
      references,
      references.map(({ value }) => images.get(value) ?? ''),
    ),
  )
  return { text: joined(texts), images: Object.fromEntries(images) }
}

/** An image to push, and where it is referred to. */
interface PlannedPush extends ImageTarget {
  readonly file: string
  readonly line: number
  readonly to: Pick<PushOptions, 'repository'>
}

/** Loads the file that describes an image. */
async function planned({ value, line }: YamlReference, file: string, set: ResolveOptions['set']): Promise<PlannedPush> {
  return locating({ file, line }, async () => {
    const { imageTarget } = await import('../load/image-target.ts')
    const { target, beside } = await imageTarget(value)
    return { target, beside, file, line, to: destination(value, target, set) }
  })
}

/** Builds and pushes an image. */
async function pushed({ target, beside, to, ...at }: PlannedPush, options: PushOptions): Promise<string> {
  return locating(at, async () => (await push(target, { ...options, beside, ...to })).reference, options.signal)
}

/** Names the place of the reference in errors. */
async function locating<T>(
  { file, line }: Pick<PlannedPush, 'file' | 'line'>,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (!(thrown instanceof BuildError) || signal?.aborted === true) throw thrown
    throw new BuildError(thrown.code, `${file}:${line}: ${thrown.message}`, { ...thrown.detail, file, line }, thrown)
  }
}

function destination(
  value: string,
  target: ImageTarget['target'],
  set: readonly string[] = [],
): Pick<PushOptions, 'repository'> {
  if (typeof target === 'string')
    fail('argument.invalid', `${prefix}${value} names no file that describes an image.`, {
      remedy: `Write ${prefix}FILE#NAME, such as ${prefix}image.ts#api.`,
    })
  const own = set.findLast((each) => each.startsWith(`${value}=`))?.slice(value.length + 1)
  if (own !== undefined) return { repository: checkRepository(own) }
  const shared = set.findLast((each) => !each.includes('='))
  if (shared === undefined || !('imageName' in target)) return {}
  return { repository: checkRepository(`${shared.replace(/\/$/, '')}/${basename(String(target.imageName))}`) }
}

/** Refuses a repository for an image that no file refers to: it may be misspelt. */
function checkSet({ set = [] }: ResolveOptions, references: readonly string[]): void {
  for (const each of set) {
    const name = each.includes('=') ? each.slice(0, each.lastIndexOf('=')) : undefined
    if (name === undefined || references.includes(name)) continue
    const remedy = didYouMean(name, references) || 'Write FILE#NAME as in the files.'
    fail('argument.invalid', `--set ${each}: no file refers to ${prefix}${name}.`, { remedy, detail: { set: each } })
  }
}

function checkRepository(text: string): string {
  const repository = registryPlace(text).file.replace(/\/$/, '')
  checkTag(`${repository}:latest`)
  return repository
}

/** Joins the documents of several files in one stream. */
function joined(texts: readonly string[]): string {
  return texts
    .map((text) => (text === '' || text.endsWith('\n') ? text : `${text}\n`))
    .reduce((all, text) => (all === '' || text.startsWith('---') ? all + text : `${all}---\n${text}`), '')
}

function filesAt(file: string, { recursive = false }: ResolveOptions): readonly string[] {
  if (file === '-' || !readable(file, () => statSync(file)).isDirectory()) return [file]
  return readable(file, () => readdirSync(file, { recursive, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

function textOf(file: string): string {
  return readable(file, () => readFileSync(file === '-' ? 0 : file, 'utf8'))
}

function readable<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    return fail('project.unreadable', `${file} cannot be read: ${messageOf(cause)}.`, {
      remedy: errorCode(cause) === 'ENOENT' ? 'Give a file or directory that exists.' : 'Check its permissions.',
      cause,
    })
  }
}
