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
import { readImage } from './read-image.ts'

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
  return { name: text, read: (watch) => readImage(file, { ...options, ...known, watch, select: chosen }) }
}

/** Where an image goes. @throws BuildError argument.invalid - a bare path: it does not say in which form */
export function openDestination(
  text: string,
  options: { readonly store: Store; readonly compressor?: BlobCompressor },
): Destination {
  const { form, file, reference } = parsePlace(text)
  const { store, compressor = 'none' } = options
  switch (form) {
    case 'docker-archive':
      return {
        name: text,
        write: (plan, watch) => writeArchiveFile(renamed(plan, reference), file, { store, watch, compressor }),
      }
    case 'oci':
    case 'oci-archive': {
      const write = form === 'oci' ? writeLayout : writeLayoutArchive
      return {
        name: text,
        write: async (plan, watch) => {
          const { id, manifest } = await write(plan, file, { store, watch, compressor, reference })
          const size = manifest.value.layers.reduce((sum, layer) => sum + layer.size, 0)
          return { reference: text, id, size }
        },
      }
    }
    default:
      return fail(
        'argument.invalid',
        `${JSON.stringify(text)} does not say in which form the image is to be written.`,
        {
          remedy: `Write docker-archive:${text}, oci-archive:${text} or oci:${text}.`,
        },
      )
  }
}

async function writeArchiveFile(
  plan: ImagePlan,
  file: string,
  options: { readonly store: Store; readonly watch: Watch; readonly compressor: BlobCompressor },
): Promise<Written> {
  const { id, sent } = await writeWholeFile(file, (output) => writeDockerArchive(plan, { ...options, output }))
  return { reference: `docker-archive:${file}`, id, size: sent }
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

function refuseName(text: string): never {
  return fail('argument.invalid', `${JSON.stringify(text)} is no name of an image.`, {
    remedy: 'Write it as name:tag, such as "redis:7".',
  })
}
