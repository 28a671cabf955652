/** Opens a place: a file, a directory, or a repository of a registry. */
import { fail } from '../base/error.ts'
import type { Registries } from '../registry/client.ts'
import type { Memory } from '../store/store.ts'
import { allImages, findImage, listImages } from './find-image.ts'
import { type OpenFile, type OpenFileOptions, openFile } from './open-file.ts'
import type { Place } from './place.ts'
import { registryListing } from './registry-store.ts'

/** Options of opening a place. */
export interface OpenPlaceOptions extends Omit<OpenFileOptions, 'form' | 'store'> {
  readonly store: OpenFileOptions['store'] & { readonly memory?: Memory }
  /** Needed for `docker://`. */
  readonly registries?: () => Promise<Registries>
}

/** Opens a place. @throws BuildError archive.*, compression.*, disk.unreadable, registry.*, network.* */
export async function openPlace({ form, file }: Place, options: OpenPlaceOptions): Promise<OpenFile> {
  if (form !== 'docker') {
    const known = form === undefined ? {} : ({ form: form === 'docker-archive' ? form : 'oci' } as const)
    return openFile(file, { ...options, ...known })
  }
  const { registries = noRegistries, store } = options
  const listing = await registryListing(file, await registries(), store.memory)
  return {
    form: 'docker',
    listing,
    find: (select) => findImage(listing, select),
    findAll: (preferred) => allImages(listing, preferred),
    list: () => listImages(listing),
    [Symbol.dispose]: () => {},
  }
}

/** Fails: registries were not given. */
export async function noRegistries(): Promise<never> {
  return fail('argument.invalid', 'A registry cannot be read here.', {
    remedy: 'Copy the image into a file or a directory first: `slipway copy docker://… oci:…`.',
  })
}
