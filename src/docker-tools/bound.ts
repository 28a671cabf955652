/** Package sets as the builders of images see them. */
import type { SandboxChoice } from '../assembly/image-data.ts'
import type { CallSite } from '../source/call-sites.ts'
import type { Package } from '../source/package.ts'
import type { PathOptions } from '../source/path.ts'
import type { LockPlace } from '../source/project-lock.ts'

/** What the builders need of the set they are bound to. */
export interface Bound {
  readonly architecture: string | undefined
  /** Where images are locked that are pulled by their tags. */
  readonly lock: LockPlace
  path(file: string, options?: PathOptions | null): Package
  /** The shell's and `env`'s path inside an image, as placeholders. */
  shell(): string
  env(): string
  certificates(extra: readonly string[]): Package
  /** What shell commands run with, and where. */
  tools(): Package
  readonly sandbox: SandboxChoice | undefined
  /** A shell, tools and a tracer, for `image.debug`. */
  debugPackages(): readonly Package[]
  /** Where the builder was called, for errors. */
  site(): CallSite | undefined
}
