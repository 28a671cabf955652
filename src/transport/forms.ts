/** What each form of place can do: the one table that reading and writing look into. */
import { type Digest, digestOf } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import { parseReference, repositoryOf } from '../format/reference.ts'
import type { ImagePlan } from '../image/image.ts'
import type { Settled } from '../image/settle.ts'
import type { PackOptions } from './blob.ts'
import { writeWholeFile } from './files.ts'
import type { Selection } from './found-image.ts'
import { type IndexOptions, inLayout, type NamingTarget, writeIndex, writeLayout } from './layout.ts'
import { writeArchive, writeIndexArchive, writeLayoutArchive } from './layout-archive.ts'
import type { Destination, Form } from './place.ts'

/** How images are written. */
export interface WriteOptions extends PackOptions {
  /** For a docker-archive: adds the older index of names, `repositories`. Default: false. */
  readonly repositories?: boolean
}

/** What was written, about the first image. */
export interface Result {
  /** The image's ID: the digest of its config. */
  readonly id: Digest
  /** The digest of its manifest, where the form has manifests. */
  readonly digest?: Digest
  /** Bytes. */
  readonly size: number
}

/** What a form can do. */
export interface FormTable {
  /** What reading looks for. */
  readonly holds: 'docker-archive' | 'oci'
  /** Which image the name behind a path means. @throws BuildError argument.invalid */
  select(reference: string): Selection
  write(plans: readonly ImagePlan[], place: Destination, options: WriteOptions): Promise<Result>
  /** Works with a target of contents at a place; absent where a form has none. */
  readonly fill?: <T>(place: Destination, work: (target: NamingTarget) => Promise<T>) => Promise<T>
  /** Absent where a form holds images for one platform each. */
  readonly writeIndex?: (plans: readonly ImagePlan[], place: Destination, options: IndexOptions) => Promise<Result>
}

/** The forms by name. */
export const forms: Readonly<Record<Form, FormTable>> = {
  'docker-archive': { holds: 'docker-archive', select: selectByName, write: writeDocker },
  oci: {
    holds: 'oci',
    select: (refName) => ({ refName }),
    write: async (plans, { file, reference }, options) =>
      first(await writeLayout(plans, file, { ...options, reference })),
    writeIndex: async (plans, { file }, options) => first(await writeIndex(plans, file, options)),
    fill: ({ file }, work) => inLayout(file, work),
  },
  'oci-archive': {
    holds: 'oci',
    select: (refName) => ({ refName }),
    write: async (plans, { file, reference }, options) =>
      first(await writeLayoutArchive(plans, file, { ...options, reference })),
    writeIndex: async (plans, { file }, options) => first(await writeIndexArchive(plans, file, options)),
    fill: ({ file }, work) => writeArchive(file, work),
  },
}

/** Fails: this cannot name an image. */
export function refuseName(text: string, why: string = 'is not a valid image name'): never {
  return fail('argument.invalid', `${JSON.stringify(text)} ${why}.`, {
    remedy: 'Write it as name:tag, such as "redis:7".',
  })
}

async function writeDocker(
  plans: readonly ImagePlan[],
  { file, reference }: Destination,
  options: WriteOptions,
): Promise<Result> {
  const named = plans.map((plan) => renamed(plan, reference))
  const { writeDockerArchive } = await import('./archive.ts')
  const { id, sent } = await writeWholeFile(file, (output) => writeDockerArchive(named, { ...options, output }))
  return { id, size: sent }
}

function renamed(plan: ImagePlan, reference: string | undefined): ImagePlan {
  if (reference === undefined) return plan
  if (parseReference(reference)?.tag === undefined) refuseName(reference)
  return { ...plan, names: [reference] }
}

function selectByName(text: string): Selection {
  const reference = parseReference(text) ?? refuseName(text)
  return { name: repositoryOf(reference), ...(reference.tag === undefined ? {} : { tag: reference.tag }) }
}

function first([settled]: readonly Settled[]): Result {
  if (settled === undefined) throw new Error('unreachable: no image to write')
  const { id, manifest } = settled
  const size = manifest.value.layers.reduce((sum, layer) => sum + layer.size, 0)
  return { id, digest: digestOf(manifest.bytes), size }
}
