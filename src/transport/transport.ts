/**
 * Names of places where images are and go to: `docker-archive:FILE[:name:tag]`, `oci:FOLDER[:name]`, `oci-archive:FILE[:name]`, and bare
 * paths, whose form is found by looking at what lies there. The prefixes are those of skopeo and podman (containers-transports(5)).
 */
import { fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { parseReference, repositoryOf } from '../format/reference.ts'
import type { Destination, Origin, Written } from '../image/doors.ts'
import type { ImagePlan } from '../image/image.ts'
import type { Store } from '../store/store.ts'
import { writeDockerArchive } from './archive.ts'
import type { BlobCompressor } from './blob.ts'
import { writeWholeFile } from './files.ts'
import type { Selection } from './found-image.ts'
import { writeLayout } from './layout.ts'
import { writeLayoutArchive } from './layout-archive.ts'
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
  /** Of a docker-archive the file, of a layout its layers. Default "none". */
  readonly compressor?: BlobCompressor
}

/** Where an image goes. @throws BuildError argument.invalid - a bare path: it does not say in which form */
export function openDestination(text: string, options: DestinationOptions): Destination {
  const place = parsePlace(text)
  if (place.form === undefined) refuseBare(text)
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
  { store, watch, compressor = 'none' }: DestinationOptions & { readonly watch: Watch },
): Promise<Written> {
  const { form, file, reference } = parsePlace(text)
  if (reference !== undefined && plans.length !== 1) refuseName(reference, `cannot name ${plans.length} images`)
  const how = { store, watch, compressor }
  if (form === undefined) return refuseBare(text)
  if (form === 'docker-archive') {
    const named = plans.map((plan) => renamed(plan, reference))
    const { id, sent } = await writeWholeFile(file, (output) => writeDockerArchive(named, { ...how, output }))
    return { reference: text, id, size: sent }
  }
  const write = form === 'oci' ? writeLayout : writeLayoutArchive
  const [first] = await write(plans, file, { ...how, reference })
  if (first === undefined) throw new Error('unreachable: no image to write')
  return { reference: text, id: first.id, size: first.manifest.value.layers.reduce((sum, { size }) => sum + size, 0) }
}

function refuseBare(text: string): never {
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
