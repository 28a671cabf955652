/** Opens a file or a directory with images; unless the caller states the form, the content determines it. */
import type { Content } from '../base/bytes.ts'
import type { Digest } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import { layerFile } from '../image/base.ts'
import type { Platform } from '../image/platform.ts'
import { flatContent } from '../store/flat-content.ts'
import { layoutOf } from '../store/layout.ts'
import type { Store } from '../store/store.ts'
import { allInArchive, archiveIndexName, findInArchive, listArchive } from './docker-archive.ts'
import { allImages, findImage, type Listing, listImages } from './find-image.ts'
import type { FoundImage, ListedImage, Selection } from './found-image.ts'
import { layoutListing, layoutVersionName } from './layout-read.ts'
import { type Members, openMembers } from './members.ts'
import type { Form } from './place.ts'

/** Options of opening a file. */
export interface OpenFileOptions {
  /** With all of it, layers that a layout leaves out are taken from the store. */
  readonly store: Pick<Store, 'root'> & Partial<Pick<Store, 'blobs' | 'info' | 'tree'>>
  readonly watch: { readonly signal: AbortSignal }
  readonly form?: 'docker-archive' | 'oci'
  readonly maxUnpackedBytes?: number
}

/** Open archive or layout. */
export interface OpenFile extends Disposable {
  readonly form: Form
  /** Contents by descriptor; undefined for a docker-archive, which has no descriptors. */
  readonly listing: Listing | undefined
  /** @throws BuildError archive.invalid, image.not-found */
  find(selection: Selection): Promise<FoundImage>
  /** Returns all images; of several platforms, those for `preferred`. @throws BuildError archive.invalid */
  findAll(preferred: Platform | undefined): Promise<readonly FoundImage[]>
  /** Returns the list of all images, for every platform. @throws BuildError archive.invalid */
  list(): Promise<readonly ListedImage[]>
}

/** Opens an archive or a layout. @throws BuildError archive.*, compression.*, disk.unreadable */
export async function openFile(file: string, options: OpenFileOptions): Promise<OpenFile> {
  const { store, watch, form, maxUnpackedBytes } = options
  const { temporary } = layoutOf(store.root)
  const members = await openMembers(file, { temporary, maxUnpackedBytes, signal: watch.signal })
  try {
    const listing = isArchive(members, form) ? undefined : layoutListing(members, (digest) => keptLayer(digest, store))
    return {
      form: listing === undefined ? 'docker-archive' : members.isDirectory ? 'oci' : 'oci-archive',
      listing,
      find: async (select) => (listing === undefined ? findInArchive(members, select) : findImage(listing, select)),
      findAll: async (preferred) => (listing === undefined ? allInArchive(members) : allImages(listing, preferred)),
      list: async () => (listing === undefined ? listArchive(members) : listImages(listing)),
      [Symbol.dispose]: () => members[Symbol.dispose](),
    }
  } catch (thrown) {
    members[Symbol.dispose]()
    throw thrown
  }
}

/** Opens a layer as it is stored, or uncompressed. */
function keptLayer(digest: Digest, { blobs, info, tree }: OpenFileOptions['store']): Content | undefined {
  const blob = blobs?.get(digest)
  if (blob !== undefined || info === undefined || tree === undefined) return blob
  const path = layerFile(digest)
  return info(path) === undefined ? undefined : flatContent(path, { tree })
}

function isArchive(members: Members, form: OpenFileOptions['form']): boolean {
  if (form !== undefined) return form === 'docker-archive'
  if (members.content(archiveIndexName) !== undefined) return true
  if (members.content(layoutVersionName) !== undefined) return false
  return fail(
    'archive.invalid',
    `${members.place} is not an image: it has neither ${archiveIndexName} nor ${layoutVersionName}.`,
    {
      remedy: 'Use a docker-archive (as "docker save" writes it), an OCI layout directory or an OCI archive.',
    },
  )
}
