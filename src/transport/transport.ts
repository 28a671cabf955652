/**
 * Names of places where images are and go to: `docker-archive:FILE[:name:tag]`, `oci:FOLDER[:name]`, `oci-archive:FILE[:name]`, and bare
 * paths, whose form is found by looking at what lies there. The prefixes are those of skopeo and podman (containers-transports(5)).
 */
import { fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { type Compressor, compressors } from '../format/compression/compressors.ts'
import { parseReference, repositoryOf } from '../format/reference.ts'
import type { Destination, Origin, Written } from '../image/doors.ts'
import type { ImagePlan } from '../image/image.ts'
import type { Settled } from '../image/settle.ts'
import type { Store } from '../store/store.ts'
import { writeDockerArchive } from './archive.ts'
import { writeWholeFile } from './files.ts'
import type { Selection } from './found-image.ts'
import { type IndexOptions, writeIndex, writeLayout } from './layout.ts'
import { writeIndexArchive, writeLayoutArchive } from './layout-archive.ts'
import { readImage, readImages } from './read-image.ts'

/** A place in parts. `form` is absent for a bare path. */
export interface Place {
  readonly form?: 'docker-archive' | 'oci' | 'oci-archive'
  readonly file: string
  /** What stands behind the path: the image's name there. */
  readonly reference?: string
}

/** Text → place. Anything without a known prefix is a bare path. */
export function parsePlace(text: string): Place {
  const parts = /^(docker-archive|oci|oci-archive):([^:]+)(?::(.+))?$/s.exec(text)
  const [, form, file, reference] = parts ?? []
  if (file === undefined || (form !== 'docker-archive' && form !== 'oci' && form !== 'oci-archive'))
    return { file: text }
  return { form, file, ...(reference === undefined ? {} : { reference }) }
}

/** Whether a place is just a path: one that begins with what looks like a form is none. */
export function isBarePath(text: string): boolean {
  return parsePlace(text).form === undefined && schemeOf(text) === undefined
}

function schemeOf(text: string): string | undefined {
  return /^([a-z][a-z0-9-]*):/.exec(text)?.[1]
}

/** What origins and destinations work with. */
export interface TransportOptions {
  readonly store: Store
  /** Of several images that one which is meant; beside what the name itself says. */
  readonly select?: Selection
  readonly maxUnpackedBytes?: number
}

/** Where an image is. @throws BuildError argument.invalid - the name behind the path is none */
export function openOrigin(text: string, { select, ...options }: TransportOptions): Origin {
  const { form, file, reference } = parsePlace(text)
  const chosen = { ...(reference === undefined ? {} : selectionOf(form, reference)), ...select }
  const known = form === undefined ? {} : ({ form: form === 'docker-archive' ? form : 'oci' } as const)
  const read = (watch: Watch) => readImage(file, { ...options, ...known, watch, select: chosen })
  const namesOne = chosen.name !== undefined || chosen.tag !== undefined || chosen.refName !== undefined
  return {
    name: text,
    read,
    readAll: async (watch) =>
      namesOne ? [await read(watch)] : readImages(file, { ...options, ...known, watch, select: chosen }),
  }
}

/** How images are written to a place. */
export interface DestinationOptions {
  readonly store: Store
  /** Of a docker-archive the file, of a layout its layers. Default: none. */
  readonly compressor?: Compressor
  /** Of a docker-archive: adds the older index of names, `repositories`. Default false. */
  readonly repositories?: boolean
}

/** A place that says its form. @throws BuildError argument.invalid - a bare path, or another form than those that are written */
export function checkDestination(text: string): Place & { readonly form: NonNullable<Place['form']> } {
  const { form, ...place } = parsePlace(text)
  return form === undefined ? refuseBare(text) : { ...place, form }
}

/** Where an image goes. @throws BuildError argument.invalid - a bare path: it does not say in which form */
export function openDestination(text: string, options: DestinationOptions): Destination {
  checkDestination(text)
  return { name: text, write: (plan, watch) => writeImages([plan], text, { ...options, watch }) }
}

/**
 * Writes images to a place, all into one archive or layout. Tells of the first.
 *
 * @throws BuildError argument.invalid - a bare path, or one name for several images; archive.unwritable
 */
export async function writeImages(
  plans: readonly ImagePlan[],
  text: string,
  { store, watch, compressor = compressors.none, repositories = false }: DestinationOptions & { readonly watch: Watch },
): Promise<Written> {
  const { form, file, reference } = checkDestination(text)
  if (reference !== undefined && plans.length !== 1) refuseName(reference, `cannot name ${plans.length} images`)
  const how = { store, watch, compressor }
  if (form === 'docker-archive') {
    const named = plans.map((plan) => renamed(plan, reference))
    const { id, sent } = await writeWholeFile(file, (output) =>
      writeDockerArchive(named, { ...how, output, repositories }),
    )
    return { reference: text, id, size: sent }
  }
  const write = form === 'oci' ? writeLayout : writeLayoutArchive
  return told(text, await write(plans, file, { ...how, reference }))
}

/**
 * Writes an index of images to a place that can hold one. Tells of the first image.
 *
 * @throws BuildError argument.invalid - a docker-archive holds images for one platform each; archive.unwritable
 */
export async function writeImageIndex(
  plans: readonly ImagePlan[],
  text: string,
  { names, ...options }: IndexOptions,
): Promise<Written> {
  const { form, file, reference } = checkDestination(text)
  const how = { ...options, names: reference === undefined ? names : [reference] }
  if (form === 'docker-archive') {
    fail('argument.invalid', `${text} cannot hold an index of images.`, {
      remedy: `Write it to oci-archive:${file} or oci:${file}.`,
    })
  }
  return told(text, await (form === 'oci' ? writeIndex : writeIndexArchive)(plans, file, how))
}

function told(text: string, [first]: readonly Settled[]): Written {
  if (first === undefined) throw new Error('unreachable: no image to write')
  return { reference: text, id: first.id, size: first.manifest.value.layers.reduce((sum, { size }) => sum + size, 0) }
}

function refuseBare(text: string): never {
  const scheme = schemeOf(text)
  if (scheme !== undefined) {
    fail('argument.invalid', `${JSON.stringify(text)} begins with "${scheme}:", which is no form that is written.`, {
      remedy: 'Write docker-archive:FILE, oci-archive:FILE or oci:FOLDER.',
    })
  }
  return fail('argument.invalid', `${JSON.stringify(text)} does not say in which form the image is to be written.`, {
    remedy: `Write docker-archive:${text}, oci-archive:${text} or oci:${text}.`,
  })
}

/** Behind a layout stands what its index says, behind a docker-archive a name. @throws BuildError argument.invalid */
function selectionOf(form: Place['form'], text: string): Selection {
  if (form !== 'docker-archive') return { refName: text }
  const reference = parseReference(text) ?? refuseName(text)
  return { name: repositoryOf(reference), ...(reference.tag === undefined ? {} : { tag: reference.tag }) }
}

function renamed(plan: ImagePlan, reference: string | undefined): ImagePlan {
  if (reference === undefined) return plan
  if (parseReference(reference)?.tag === undefined) refuseName(reference)
  return { ...plan, names: [reference] }
}

function refuseName(text: string, why: string = 'is no name of an image'): never {
  return fail('argument.invalid', `${JSON.stringify(text)} ${why}.`, {
    remedy: 'Write it as name:tag, such as "redis:7".',
  })
}
