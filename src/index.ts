/**
 * slipway: Docker/OCI images from TypeScript.
 *
 * An `image.ts` takes a package set (`debian({ suite })`), describes images with its builders, and exports them; `build`, `stream` and
 * the other functions are the commands of the same names.
 */

// Commands as functions.
export { type BuildOptions, type BuildResult, build } from './actions/build.ts'
export type { BuildToOptions, BuildToResult } from './actions/build-to.ts'
export type { BuiltNames } from './actions/built-names.ts'
export { type CopyOptions, type CopyResult, copy, copyImage } from './actions/copy.ts'
export { type DigestOptions, type DigestResult, digest } from './actions/digest.ts'
export { type DoctorOptions, type DoctorResult, doctor } from './actions/doctor.ts'
export { type ExportOptions, type ExportResult, exportImage, exportRoot } from './actions/export.ts'
export { type GcOptions, type GcResult, gc } from './actions/gc.ts'
export type { ReadingOptions } from './actions/given-images.ts'
export type { ChangesOptions, ImageChanges } from './actions/image-changes.ts'
export { type InitOptions, type InitResult, init } from './actions/init.ts'
export { type InspectOptions, type InspectResult, inspect, inspectAll } from './actions/inspect.ts'
export { type InspectRemoteOptions, type InspectRemoteResult, inspectRemote } from './actions/inspect-remote.ts'
export { type LoadOptions, type LoadResult, load } from './actions/load.ts'
export { type LockOptions, type LockResult, lock } from './actions/lock.ts'
export { type LoginOptions, type LoginResult, login, logout } from './actions/login.ts'
export { type MergeOptions, type MergeResult, merge, mergeImages } from './actions/merge.ts'
export type {
  Built,
  BuiltTo,
  Exported,
  Locked,
  LoggedIn,
  Pushed,
  Resolved,
  Streamed,
} from './actions/older-names.ts'
export { type PrefetchOptions, type PrefetchResult, prefetch } from './actions/prefetch.ts'
export { type PullOptions, type PullResult, pull } from './actions/pull.ts'
export { type PushOptions, type PushResult, push } from './actions/push.ts'
export { type RebaseOptions, type RebaseResult, rebase } from './actions/rebase.ts'
export type { RegistryCredentials, RegistrySettings } from './actions/registries.ts'
export { type ResolveOptions, type ResolveResult, resolve } from './actions/resolve.ts'
export { type RunOptions, type RunResult, run } from './actions/run.ts'
export {
  packageTypes,
  type SearchFilesResult,
  type SearchOptions,
  type SearchResult,
  search,
  searchFiles,
} from './actions/search.ts'
export { type ServedImage, type ServeOptions, type ServeResult, serve } from './actions/serve.ts'
export { stream } from './actions/stream.ts'
export type { StreamOptions, StreamResult } from './actions/stream-conf.ts'
export { type TagsOptions, type TagsResult, tags } from './actions/tags.ts'
export { type WatchOptions, type WatchRound, watch } from './actions/watch.ts'
export type { ActionOptions } from './actions/workshop.ts'
export type { Digest } from './base/digest.ts'
// Failures and progress.
export { BuildError, type Code, type Detail } from './base/error.ts'
export type { BuildEvent } from './base/event.ts'
export type { FoundFile } from './debian/archive/contents-search.ts'
export type { FoundPackage } from './debian/archive/search.ts'
export type { SuiteFiles } from './debian/lock/find-files.ts'
export type { SuitePackages } from './debian/lock/find-packages.ts'
export type { DebianMirrors, DebianOptions } from './debian/options.ts'
// Images.
export type { BuildImageArguments, BuiltImage } from './docker-tools/build-image.ts'
export type { ContainerConfigInput, HealthcheckInput } from './docker-tools/config.ts'
export type { CaCertificates, CaCertificatesArguments, DockerTools } from './docker-tools/docker-tools.ts'
export type { ExportedImage, ExportImageArguments } from './docker-tools/export-image.ts'
export type { FakeNss, FakeNssArguments } from './docker-tools/helpers.ts'
export type { ImageIndex, ImageIndexOptions } from './docker-tools/image-index.ts'
export type {
  Commands,
  ImageContents,
  ImageProperties,
  LayeredImage,
  LayeredImageArguments,
  StreamedImage,
} from './docker-tools/layered-image.ts'
export type { MergeImagesOptions } from './docker-tools/merge-images.ts'
export type { Change, Overridable } from './docker-tools/override.ts'
export type { PullImageArguments } from './docker-tools/pull/arguments.ts'
export type { PulledImage } from './docker-tools/pull/pull-image.ts'
export type { ContainerOptions } from './engine/container.ts'
export type { EngineKind, LoadedImage } from './engine/engine.ts'
export type { EngineChoice } from './engine/find.ts'
export type { PassedSignal } from './engine/program.ts'
export type { Compressor, CompressorInput, CompressorName } from './format/compression/compressors.ts'
export type { ContainerConfig } from './image/image.ts'
export type { LayeringPaths, LayeringStep } from './layer/grouping/pipeline.ts'
export type { ImageTargets } from './load/image-target.ts'
export type { NodeProjectOptions } from './npm/options.ts'
export type { RemoteImage, RemoteLayer, RemoteSummary } from './report/remote.ts'
export type { ImageSummary, LayerPart, LayerSummary, OtherImage, PackagePart } from './report/summary.ts'
export type { Finding } from './sandbox/doctor.ts'
export { debian } from './sets/debian.ts'
export { type NodeImageArguments, type NodeOptions, type NodePackageSet, node } from './sets/node.ts'
export type { Builders, PackageNames, PackageSet, Packages } from './sets/set.ts'
export type { CopiedFiles, CopyFilesOptions, CopySource } from './source/copied-files.ts'
export type { BuildEnvArguments, SymlinkJoinArguments } from './source/environment.ts'
export type { FetchArchiveArguments } from './source/fetch-archive.ts'
export type { FetchArguments } from './source/fetch-arguments.ts'
export type { FetchUrlArguments } from './source/fetch-url.ts'
export type { PackageChange, SetChange } from './source/lock-changes.ts'
export type { Package } from './source/package.ts'
export type { PathOptions } from './source/path.ts'
export type { Collected } from './store/collect.ts'
export type { StorePath } from './store/store-path.ts'
export type { Copied } from './transport/copy-place.ts'
export type { Written } from './transport/transport.ts'
export type { GroupOptions, IfMissing, Owner, Ownership, Recursive, Root, Skip, UserOptions } from './tree/edit.ts'
export type { Mode } from './tree/mode.ts'
