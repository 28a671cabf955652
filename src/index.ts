/**
 * slipway: Docker/OCI images from TypeScript.
 *
 * An `image.ts` takes a package set (`debian({ suite })`), describes images with its builders, and exports them; `build`, `stream` and
 * the other functions are the commands of the same names.
 */

// Package sets and what they offer.
export { debian } from './sets/debian.ts'
export type { DebianOptions, DebianMirrors } from './source/debian/options.ts'
export type { Builders, Packages, PackageSet } from './sets/set.ts'
export type { Package } from './source/package.ts'
export type { BuildEnvArguments, SymlinkJoinArguments } from './source/environment.ts'
export type { FetchUrlArguments } from './source/fetch-url.ts'
export type { PathOptions } from './source/path.ts'

// Images.
export type { CaCertificates, DockerTools } from './docker-tools/docker-tools.ts'
export type { FakeNss, FakeNssArguments } from './docker-tools/helpers.ts'
export type { Commands, ImageProperties, LayeredImage, LayeredImageArguments, StreamedImage } from './docker-tools/layered-image.ts'
export type { ContainerConfigInput, HealthcheckInput } from './docker-tools/config.ts'
export type { Root } from './tree/edit.ts'

// Commands as functions.
export { build, type BuildOptions, type Built } from './actions/build.ts'
export { stream, type Streamed, type StreamOptions } from './actions/stream.ts'
export { lock, type LockOptions } from './actions/lock.ts'
export { inspect, type InspectOptions } from './actions/inspect.ts'
export { gc, type GcOptions } from './actions/gc.ts'
export type { ActionOptions } from './actions/workshop.ts'

// Failures and progress.
export { BuildError, type Code, type Detail } from './base/error.ts'
export type { BuildEvent } from './base/event.ts'
