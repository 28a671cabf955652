/** Forms of places and their abilities: the one table that reading and writing use. */
import { fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { parseReference, repositoryOf } from '../format/reference.ts'
import type { Registries } from '../registry/client.ts'
import { parseRegistryName } from '../registry/name.ts'
import type { Memory } from '../store/store.ts'
import type { Selection } from './found-image.ts'
import { inLayout, type NamingTarget } from './layout.ts'
import { writeArchive } from './layout-archive.ts'
import { noRegistries } from './open-place.ts'
import type { Destination, Form } from './place.ts'
import { registryTarget } from './registry-store.ts'

/** Dependencies of filling a place. */
export interface FillOptions {
  readonly watch: Watch
  readonly store: { readonly memory?: Memory }
  /** Needed for `docker://`. */
  readonly registries?: () => Promise<Registries>
}

/** Works with a target of contents at a place; nothing half-written remains when the work fails. */
export type Fill = <T>(
  place: Destination,
  options: FillOptions,
  work: (target: NamingTarget) => Promise<T>,
) => Promise<T>

/** Abilities of a form. */
export interface FormTable {
  /** Returns the selection that the name after a path makes. @throws BuildError argument.invalid */
  select(reference: string): Selection
  /** Absent where a form has no contents by descriptor, and no indexes. */
  readonly fill?: Fill
}

/** Forms by name. */
export const forms: Readonly<Record<Form, FormTable>> = {
  'docker-archive': { select: selectByName },
  oci: { select: (refName) => ({ refName }), fill: ({ file }, _options, work) => inLayout(file, work) },
  'oci-archive': {
    select: (refName) => ({ refName }),
    fill: ({ file }, { watch }, work) => writeArchive(file, work, watch),
  },
  docker: { select: () => ({}), fill: fillRegistry },
}

/** Fails: this cannot name an image. */
export function refuseName(text: string, why: string = 'is not a valid image name'): never {
  return fail('argument.invalid', `${JSON.stringify(text)} ${why}.`, {
    remedy: 'Write it as name:tag, such as "redis:7".',
  })
}

async function fillRegistry<T>(
  { file }: Destination,
  { registries = noRegistries, watch, store: { memory } }: FillOptions,
  work: (target: NamingTarget) => Promise<T>,
): Promise<T> {
  const known = memory === undefined ? {} : { memory }
  return work(registryTarget(parseRegistryName(file), { registries: await registries(), watch, ...known }))
}

function selectByName(text: string): Selection {
  const reference = parseReference(text) ?? refuseName(text)
  return { name: repositoryOf(reference), ...(reference.tag === undefined ? {} : { tag: reference.tag }) }
}
