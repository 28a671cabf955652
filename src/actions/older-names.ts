/** Deprecated names of the results of actions. */
import type { BuildResult } from './build.ts'
import type { BuildToResult } from './build-to.ts'
import type { DigestResult } from './digest.ts'
import type { ExportResult } from './export.ts'
import type { LockResult } from './lock.ts'
import type { LoginResult } from './login.ts'
import type { PushResult } from './push.ts'
import type { StreamResult } from './stream-conf.ts'

/**
 * Older name of `BuildResult`.
 *
 * @deprecated Use `BuildResult`.
 */
export type Built = BuildResult

/**
 * Older name of `BuildToResult`.
 *
 * @deprecated Use `BuildToResult`.
 */
export type BuiltTo = BuildToResult

/**
 * Older name of `ExportResult`.
 *
 * @deprecated Use `ExportResult`.
 */
export type Exported = ExportResult

/**
 * Older name of `LockResult`.
 *
 * @deprecated Use `LockResult`.
 */
export type Locked = LockResult

/**
 * Older name of `LoginResult`.
 *
 * @deprecated Use `LoginResult`.
 */
export type LoggedIn = LoginResult

/**
 * Older name of `PushResult`.
 *
 * @deprecated Use `PushResult`.
 */
export type Pushed = PushResult

/**
 * Older name of `DigestResult`.
 *
 * @deprecated Use `DigestResult`.
 */
export type Resolved = DigestResult

/**
 * Older name of `StreamResult`.
 *
 * @deprecated Use `StreamResult`.
 */
export type Streamed = StreamResult
