/** Checks the arguments of the layered builders, all at once, and converts them to plain data. */

import type { LayeredData, Reading } from '../assembly/image-data.ts'
import {
  arrayOf,
  type Check,
  type Checks,
  checkArguments,
  checkBoolean,
  checkString,
  integerFrom,
  oneOf,
  orDefault,
  refuse,
  shown,
} from '../base/check.ts'
import { isPlainObject } from '../base/document.ts'
import { fail } from '../base/error.ts'
import type { Compressor } from '../format/compression/compressors.ts'
import { parseReference, repositoryOf } from '../format/reference.ts'
import { defaultMaxLayers } from '../layer/grouping/layering.ts'
import { checkPipeline, type PipelineStep } from '../layer/grouping/pipeline.ts'
import { type CopiedFiles, checkCopiedFiles, isCopiedFiles } from '../source/copied-files.ts'
import type { Package } from '../source/package.ts'
import { argumentOf, isPackage } from '../source/placeholder.ts'
import {
  baseNameOf,
  compressorOr,
  created,
  defaultCreated,
  imageName,
  imageTag,
  maxLayers,
  mtime,
  ownerId,
  ownerName,
} from './arguments.ts'
import type { Bound } from './bound.ts'
import { commandsOf, recordCommands, withTools } from './commands.ts'
import { checkConfig } from './config.ts'

/** Arguments of a call after their checks. */
export interface Layered {
  readonly imageName: string
  /** Last component of the name, for store objects. */
  readonly baseName: string
  readonly tag: string | null
  readonly compressor: Compressor
  readonly passthru: Readonly<Record<string, unknown>>
  readonly image: LayeredData
  readonly reading: Reading
}

/** @throws BuildError argument.*, config.invalid, layering.pipeline - every mistake of the call at once */
export function checkLayered(builder: string, call: unknown, bound: Bound): Layered {
  const checked = checkArguments(builder, call, {
    name: imageName,
    tag: orDefault(imageTag, null),
    contents: orDefault(contents(bound), noContents),
    ...baseChecks(bound),
    config: orDefault(checkConfig, {}),
    allowMissingCommand: orDefault(checkBoolean, false),
    architecture: orDefault(architecture, bound.architecture ?? null),
    created: orDefault(created, defaultCreated),
    mtime: orDefault(mtime, 1),
    uid: orDefault(ownerId, 0),
    gid: orDefault(ownerId, 0),
    uname: orDefault(ownerName, 'root'),
    gname: orDefault(ownerName, 'root'),
    maxLayers: orDefault(maxLayers, defaultMaxLayers),
    layering: orDefault(oneOf(['popularity', 'auto']), null),
    layeringPipeline: orDefault(pipelineSteps, null),
    extraCommands: orDefault(recordCommands, []),
    fakeRootCommands: orDefault(recordCommands, []),
    enableFakechroot: orDefault(checkBoolean, false),
    debianConfigure: orDefault(checkBoolean, false),
    includeStorePaths: orDefault(checkBoolean, true),
    includeNixDB: orDefault(checkBoolean, false),
    compressor: compressorOr('gz'),
    passthru: orDefault(properties, {}),
    meta: orDefault(properties, {}),
    debug: orDefault(checkBoolean, false),
  })
  const {
    name,
    tag,
    passthru,
    compressor: packed,
    maxUnpackedBytes: most,
    enableFakechroot,
    debianConfigure,
    extraCommands,
    fakeRootCommands,
    meta: _meta,
    debug: _debug,
    layering,
    contents: given,
    allowMissingCommand,
    ...image
  } = checked
  checkBaseIsGiven(builder, checked)
  if (layering !== null && image.layeringPipeline !== null)
    refuse(`${builder}: layering`, layering, 'left out if layeringPipeline is given')
  return {
    imageName: name,
    baseName: baseNameOf(name),
    tag,
    compressor: packed,
    passthru,
    image: {
      ...(allowMissingCommand ? { allowMissingCommand } : {}),
      ...{ name, ...image, ...given, layering: layering ?? 'popularity', copies: null },
      ...withTools(
        [
          ...commandsOf('extraCommands', extraCommands, 'tools'),
          ...commandsOf('fakeRootCommands', fakeRootCommands, enableFakechroot ? 'image' : 'tools'),
        ],
        { bound, configure: debianConfigure },
      ),
    },
    reading: makingOf({ maxUnpackedBytes: most }, bound),
  }
}

/** Checks for the arguments about a base image. */
export function baseChecks(bound: Bound): Checks<
  Pick<LayeredData, 'fromImage' | 'fromImageName' | 'fromImageTag' | 'inheritConfig'> & {
    readonly maxUnpackedBytes: number | null
  }
> {
  return {
    fromImage: orDefault(baseOf(bound), null),
    fromImageName: orDefault(checkString, null),
    fromImageTag: orDefault(imageTag, null),
    inheritConfig: orDefault(oneOf(['all', 'env']), 'all'),
    maxUnpackedBytes,
  }
}

/** Refuses a selection among a base's images if there is no base. @throws BuildError argument.invalid */
export function checkBaseIsGiven(
  builder: string,
  { fromImage, fromImageName, fromImageTag }: Pick<LayeredData, 'fromImage' | 'fromImageName' | 'fromImageTag'>,
): void {
  if (fromImage !== null) return
  for (const [name, value] of Object.entries({ fromImageName, fromImageTag }))
    if (value !== null) refuse(`${builder}: ${name}`, value, 'left out if there is no fromImage')
}

/** Check for the limit, in bytes, on what a compressed image may expand to. */
export const maxUnpackedBytes: Check<number | null> = orDefault(integerFrom(1, Number.MAX_SAFE_INTEGER), null)

/** Returns the limits for reading an image; absent where they were not given. */
export function readingOf(maxUnpackedBytes: number | null): Reading {
  return maxUnpackedBytes === null ? {} : { maxUnpackedBytes }
}

/** Arguments that affect how an image is made but not its bytes; sizes in MiB, as in nixpkgs. */
interface Making {
  readonly maxUnpackedBytes: number | null
  readonly diskSize?: number | null
  readonly buildVMMemorySize?: number | null
}

const mebibyte = 2 ** 20

/** Returns the settings for making an image. */
export function makingOf(
  { maxUnpackedBytes, diskSize = null, buildVMMemorySize = null }: Making,
  bound: Bound,
): Reading {
  return {
    ...readingOf(maxUnpackedBytes),
    ...(diskSize === null ? {} : { disk: diskSize * mebibyte }),
    ...(buildVMMemorySize === null ? {} : { memory: buildVMMemorySize * mebibyte }),
    ...(bound.sandbox === undefined ? {} : { sandbox: bound.sandbox }),
  }
}

/** As a base, a streamed image is replaced by its archive, and a pulled one by its layers in the store. */
function baseOf(bound: Bound): Check<Package> {
  const other = imageOrFile(bound)
  return (value, place) => {
    const base = other(value, place)
    const pulled = argumentOf(base, 'pulled')
    if (isPackage(pulled)) return pulled
    return 'archive' in base && isPackage(base.archive) ? base.archive : base
  }
}

/** Check for an image: a package, or the path of a file or directory on this machine. */
export function imageOrFile(bound: Bound): Check<Package> {
  const given = packageOrFile(bound)
  return (value, place) => (typeof value === 'string' ? given(fileOf(value, place), place) : given(value, place))
}

/** Refuses names of images with a tag or a digest: they are not meant as files. */
function fileOf(text: string, place: string): string {
  const name = text.replace(/^docker:\/\//, '')
  const reference = parseReference(name)
  if (reference === undefined || (name === text && reference.tag === undefined && reference.digest === undefined))
    return text
  const { tag, digest } = reference
  const pin = [
    `imageName: "${repositoryOf(reference)}"`,
    ...(tag === undefined && digest !== undefined ? [] : [`imageTag: "${tag ?? 'latest'}"`]),
    ...(digest === undefined ? [] : [`imageDigest: "${digest}"`]),
  ]
  const form = /^(docker-archive|oci|oci-archive):/.exec(text)?.[0]
  return fail('argument.invalid', `${place} must be a package or the path of an image; got ${shown(text)}, a name.`, {
    remedy:
      form === undefined
        ? `Write dockerTools.pullImage({ ${pin.join(', ')} }), or "./${text}" if it is a file.`
        : `Give the path alone: ${shown(text.slice(form.length))}.`,
    detail: { place },
  })
}

/** Contents of an image: packages, and files that are copied to given paths. */
export type Contents = Pick<LayeredData, 'contents' | 'copied'>

export const noContents: Contents = { contents: [] }

/** Check for a package, directory, or description of copied files, or an array of these, in which undefined is skipped. */
export function contents(bound: Bound): Check<Contents> {
  const other = packageOrFile(bound)
  const one: Check<Package | CopiedFiles | undefined> = (value, place) =>
    value === undefined ? undefined : isCopiedFiles(value) ? checkCopiedFiles(value, place) : other(value, place)
  const some = arrayOf(one)
  return (value, place) => {
    const items = (Array.isArray(value) ? some(value, place) : [one(value, place)]).filter((item) => item !== undefined)
    const copied = items.flatMap((item) => ('kind' in item ? [item] : []))
    const packages = items.flatMap((item) => ('kind' in item ? [] : [item]))
    return { contents: packages, ...(copied.length === 0 ? {} : { copied }) }
  }
}

/** Check for a package, or the path of a file or directory on this machine. */
function packageOrFile(bound: Bound): Check<Package> {
  return (value, place) => {
    if (isPackage(value)) return value
    return typeof value === 'string'
      ? bound.path(value)
      : refuse(place, value, 'a package, such as pkgs("hello"), or the path of a file or folder')
  }
}

const architectures = [
  'amd64',
  'arm64',
  'arm',
  'armel',
  'armhf',
  '386',
  'i386',
  'mipsle',
  'mipsel',
  'mips64le',
  'mips64el',
  'ppc64le',
  'ppc64el',
  'riscv64',
  's390x',
  'loong64',
] as const

const aliases: ReadonlyMap<unknown, string> = new Map([
  ['x86_64', 'amd64'],
  ['aarch64', 'arm64'],
])

/** Check for an architecture in Go's or Debian's spelling. */
export const architecture: Check<string> = (value, place) => oneOf(architectures)(aliases.get(value) ?? value, place)

/** Check for the steps of a layering; packages in them are replaced by their paths. */
const pipelineSteps: Check<readonly PipelineStep[]> = (value, place) => {
  const steps = pathsFor(value)
  checkPipeline(steps, place)
  return isSteps(steps) ? steps : refuse(place, value, 'an array of steps')
}

function pathsFor(value: unknown): unknown {
  if (isPackage(value)) return value.path
  if (Array.isArray(value)) return value.map(pathsFor)
  return isPlainObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, pathsFor(inner)]))
    : value
}

function isSteps(value: unknown): value is readonly PipelineStep[] {
  return Array.isArray(value) && value.every((step) => Array.isArray(step) && typeof step[0] === 'string')
}

/** Check for any object. */
export const properties: Check<Readonly<Record<string, unknown>>> = (value, place) =>
  isPlainObject(value) ? value : refuse(place, value, 'an object')
