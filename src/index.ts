/**
 * slipway: Docker/OCI images from TypeScript.
 *
 * An `image.ts` takes a package set (`debian({ suite })`), describes images with its builders, and exports them; `build`, `stream` and
 * the other functions are the commands of the same names.
 */

// Commands as functions.
export { type BuildOptions, type Built, build } from './actions/build.ts'
export type { BuildToOptions, BuiltTo } from './actions/build-to.ts'
export type { BuiltNames } from './actions/built-names.ts'
export { type CopyOptions, copy } from './actions/copy.ts'
export { type DigestOptions, digest, type Resolved } from './actions/digest.ts'
export { type DoctorOptions, doctor, type Finding } from './actions/doctor.ts'
export { type Exported, type ExportOptions, exportImage, exportRoot } from './actions/export.ts'
export { type GcOptions, gc } from './actions/gc.ts'
export { type Initialised, type InitOptions, init } from './actions/init.ts'
export { type InspectOptions, inspect } from './actions/inspect.ts'
export { type InspectRemoteOptions, inspectRemote } from './actions/inspect-remote.ts'
export { type Locked, type LockOptions, lock } from './actions/lock.ts'
export { type LoggedIn, type LoginOptions, login, logout } from './actions/login.ts'
export { type MergeOptions, merge, mergeImages } from './actions/merge.ts'
export { type Pushed, type PushOptions, push } from './actions/push.ts'
export type { RegistrySettings } from './actions/registries.ts'
export { stream } from './actions/stream.ts'
export type { Streamed, StreamOptions } from './actions/stream-conf.ts'
export { tags } from './actions/tags.ts'
export type { ActionOptions } from './actions/workshop.ts'
// Failures and progress.
export { BuildError, type Code, type Detail } from './base/error.ts'
export type { BuildEvent } from './base/event.ts'
export type { DebianMirrors, DebianOptions } from './debian/options.ts'
// Images.
export type { BuildImageArguments, BuiltImage } from './docker-tools/build-image.ts'
export type { ContainerConfigInput, HealthcheckInput } from './docker-tools/config.ts'
export type { CaCertificates, DockerTools } from './docker-tools/docker-tools.ts'
export type { ExportedImage, ExportImageArguments } from './docker-tools/export-image.ts'
export type { FakeNss, FakeNssArguments } from './docker-tools/helpers.ts'
export type { ImageIndex, ImageIndexOptions } from './docker-tools/image-index.ts'
export type {
  Commands,
  ImageProperties,
  LayeredImage,
  LayeredImageArguments,
  StreamedImage,
} from './docker-tools/layered-image.ts'
export type { MergeImagesOptions } from './docker-tools/merge-images.ts'
export type { CompressorInput, CompressorName } from './format/compression/compressors.ts'
export type { NodeProjectOptions } from './npm/options.ts'
export type { RemoteImage, RemoteLayer, RemoteSummary } from './report/remote.ts'
// Package sets and what they offer.
export { debian } from './sets/debian.ts'
export { type NodeImageArguments, type NodeOptions, type NodePackageSet, node } from './sets/node.ts'
export type { Builders, PackageSet, Packages } from './sets/set.ts'
export type { BuildEnvArguments, SymlinkJoinArguments } from './source/environment.ts'
export type { FetchUrlArguments } from './source/fetch-url.ts'
export type { Package } from './source/package.ts'
export type { PathOptions } from './source/path.ts'
export type { Copied } from './transport/copy-place.ts'
export type { Written } from './transport/transport.ts'
export type { Root } from './tree/edit.ts'
