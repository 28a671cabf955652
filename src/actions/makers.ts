/**
 * All makers: the only table from the names in definitions to their makers, and the only place that loads them.
 *
 * A definition is data; describing an image loads none of this. A new maker is a line here and a vector in test/vectors/makers.json.
 */
import type { SetKinds } from '../lock/set-kind.ts'
import type { Network } from '../net/network.ts'
import type { ComponentReader } from '../report/component.ts'
import type { RecordReader } from '../report/records.ts'
import type { Machine, MakerEntry, Makers } from '../source/package.ts'

const entries: Readonly<Record<string, MakerEntry>> = {
  'text-1': { load: async () => (await import('../source/text.ts')).textMaker },
  'text-tree-1': { load: async () => (await import('../source/text.ts')).textTreeMaker },
  'path-1': { load: async () => (await import('../source/path.ts')).pathMaker },
  'copied-1': { load: async () => (await import('../source/copied-directory.ts')).copiedMaker },
  'fetchurl-1': { load: async () => (await import('../source/fetch-url.ts')).fetchUrlMaker },
  'fetchzip-1': { load: async () => (await import('../source/fetch-archive.ts')).fetchArchiveMaker },
  'build-env-1': { load: async () => (await import('../source/environment.ts')).environmentMaker },
  'fake-nss-1': { load: async () => (await import('../docker-tools/helpers.ts')).fakeNssMaker },
  'links-1': { load: async () => (await import('../docker-tools/helpers.ts')).linksMaker },
  'layered-conf-2': { load: async () => (await import('../docker-tools/image-recipes.ts')).confMaker },
  'image-conf-2': { load: async () => (await import('../docker-tools/image-recipes.ts')).confMaker },
  'docker-archive-1': { load: async () => (await import('../docker-tools/image-recipes.ts')).archiveMaker },
  'docker-image-1': { load: async () => (await import('../docker-tools/image-recipes.ts')).archiveMaker },
  'stream-2': { load: async () => (await import('../docker-tools/image-recipes.ts')).scriptMaker },
  'root-archive-1': { load: async () => (await import('../docker-tools/image-outputs.ts')).exportMaker },
  'merged-archive-1': { load: async () => (await import('../docker-tools/image-outputs.ts')).mergeMaker },
  'oci-index-1': { load: async () => (await import('../docker-tools/image-outputs.ts')).indexMaker },
  'pulled-image-1': {
    resolves: true,
    load: async () => (await import('../docker-tools/pull/recipes.ts')).pulledImageMaker,
  },
  'pulled-archive-1': { load: async () => (await import('../docker-tools/pull/recipes.ts')).pulledArchiveMaker },
  'debian-package-1': {
    resolves: true,
    load: async () => (await import('../debian/package-maker.ts')).debianPackageMaker,
  },
  'debian-tools-1': { load: async () => (await import('../debian/tools/recipe.ts')).toolsMaker },
  'debian-ca-certificates-2': {
    load: async () => (await import('../debian/certificates-maker.ts')).certificatesMaker,
  },
  'npm-runtime-1': { resolves: true, load: async () => (await import('../npm/runtime/maker.ts')).runtimeMaker },
  'npm-package-1': { resolves: true, load: async () => (await import('../npm/makers.ts')).npmPackageMaker },
  'npm-modules-1': { resolves: true, load: async () => (await import('../npm/makers.ts')).npmModulesMaker },
  'npm-app-1': { resolves: true, load: async () => (await import('../npm/makers.ts')).npmAppMaker },
}

/** Makers by name. */
export const makers: Makers = new Map(Object.entries(entries))

/** Kinds of sets that a lock may contain. */
export const setKinds: SetKinds = new Map([
  ['debian', { load: async () => (await import('../debian/lock/set-kind.ts')).debianSetKind }],
  ['image', { load: async () => (await import('../docker-tools/pull/image-set.ts')).imageSetKind }],
  ['node', { load: async () => (await import('../npm/runtime/locked-runtime.ts')).runtimeSetKind }],
  ['npm', { load: async () => (await import('../npm/lock/set-kind.ts')).npmSetKind }],
])

/** Readers of the package records in images. */
export async function recordReaders(): Promise<readonly RecordReader[]> {
  return [
    (await import('../debian/records/packages.ts')).debianRecords,
    (await import('../npm/runtime/record.ts')).runtimeRecords,
    (await import('../npm/records.ts')).npmRecords,
  ]
}

/** Readers of package metadata in images, for bills of materials. */
export async function componentReaders(): Promise<readonly ComponentReader[]> {
  const { npmComponents, runtimeComponents } = await import('../npm/component.ts')
  return [(await import('../debian/component.ts')).debianComponents, npmComponents, runtimeComponents]
}

/** Returns the network settings of the machine's package manager. */
export async function networkOf(machine: Machine): Promise<Network> {
  return (await import('../debian/archive/apt-settings.ts')).networkOn(machine)
}

/** Returns the addresses of the signed lists of a Debian release on all mirrors that the machine is configured with. @throws BuildError debian.no-mirror */
export async function releaseFiles(release: string, machine: Machine): Promise<readonly URL[]> {
  const { archive, security } = await (await import('../debian/archive/apt-settings.ts')).archivesOn(release, machine)
  const { below } = await import('../debian/archive/mirrors.ts')
  return [
    ...archive.map((base) => below(base, `dists/${release}/InRelease`)),
    ...security.map((base) => below(base, `dists/${release}-security/InRelease`)),
  ]
}
