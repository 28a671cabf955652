/** `run`: loads an image into an engine and runs a container of it on this process's standard streams. */

import { randomUUID } from 'node:crypto'
import { checkBoolean, checkString, checkStrings } from '../base/check.ts'
import { fail } from '../base/error.ts'
import { watchOf } from '../base/event.ts'
import { type ContainerOptions, containersOf, type StartedImage, stopContainer } from '../engine/container.ts'
import type { Attached, PassedSignal } from '../engine/program.ts'
import type { ImagePlan } from '../image/image.ts'
import type { Package } from '../source/package.ts'
import { checkCall, checkFunction, checkTarget, givenOptions, type OptionChecks, optional } from './call.ts'
import { askAhead, type EngineAhead } from './engine-ahead.ts'
import { type LoadOptions, type LoadResult, loadChecks, loadInto } from './load.ts'

/** Options of `run`. */
export interface RunOptions extends LoadOptions, ContainerOptions {
  /** Called when the container starts, with a function that sends it a signal. Default: none. */
  readonly started?: (send: (signal: PassedSignal) => void) => void
}

const optionChecks: OptionChecks<RunOptions> = {
  ...loadChecks,
  args: optional(checkStrings),
  ports: optional(checkStrings),
  volumes: optional(checkStrings),
  env: optional(checkStrings),
  name: optional(checkString),
  network: optional(checkString),
  user: optional(checkString),
  interactive: optional(checkBoolean),
  tty: optional(checkBoolean),
  rm: optional(checkBoolean),
  started: optional(checkFunction),
}

/** Result of `run`. */
export interface RunResult {
  /** Exit code of the container, or of the engine's command if that failed. */
  readonly exitCode: number
  /** Image that was loaded. */
  readonly loaded: LoadResult
}

/**
 * Loads an image and runs a container of it, which has this process's standard input, output and error. `signal` ends it as SIGTERM does.
 *
 * @example
 * import { debian, run } from 'slipway'
 *
 * const { pkgs, dockerTools } = debian({ suite: 'trixie' })
 * const image = dockerTools.buildLayeredImage({ name: 'hello', contents: [pkgs('hello')], config: { Cmd: ['hello'] } })
 * const { exitCode } = await run(image, { env: ['LANG=C'], network: 'none' })
 * console.log(exitCode)
 * @param target - description of an image, or a place whose image is run.
 * @throws BuildError engine.absent, engine.failed, engine.unsupported, and every code of a build
 */
export async function run(target: string | Package, options: RunOptions = {}): Promise<RunResult> {
  checkCall('run', { target, options }, { target: checkTarget, options: givenOptions(optionChecks) })
  return runAhead(askAhead(options, watchOf(options).signal), target, options)
}

/** Does the same with an engine that is being asked. @throws BuildError as `run` */
export async function runAhead(ahead: EngineAhead, target: string | Package, options: RunOptions): Promise<RunResult> {
  const { signal } = watchOf(options)
  const { loaded, start } = await prepareRun(ahead, target, options)
  const container = await start()
  const stop = (): void => container.send('SIGTERM')
  signal.addEventListener('abort', stop)
  options.started?.(container.send)
  try {
    return { exitCode: await container.ended, loaded }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** A running container. */
export interface RunningContainer extends Attached {
  /** Stops it: sends SIGTERM, and removes it after half a second. */
  stop(): Promise<void>
}

/** A loaded image, ready to start a container. */
export interface PreparedRun {
  readonly loaded: LoadResult
  /** ID of the image. */
  readonly id: string
  start(): Promise<RunningContainer>
}

/** Loads an image. @throws BuildError as `run` */
export async function prepareRun(
  ahead: EngineAhead,
  target: string | Package,
  options: RunOptions,
): Promise<PreparedRun> {
  const engine = await ahead.engine
  const { name = `slipway-${randomUUID().slice(0, 8)}` } = options
  const startContainer = containersOf(engine, { ...options, name })
  const { result: loaded, plans } = await loadInto(ahead, target, options)
  const image = imageIn(plans)
  const start = async (): Promise<RunningContainer> => {
    const container = await startContainer(image)
    return { ...container, stop: () => stopContainer(engine, name, container) }
  }
  return { loaded, id: loaded.images[0]?.id ?? '', start }
}

/** Returns the only image that was loaded. @throws BuildError argument.invalid */
function imageIn([plan, ...others]: readonly ImagePlan[]): StartedImage {
  const [name] = plan?.names ?? []
  if (plan !== undefined && name !== undefined && others.length === 0)
    return { name, entrypoint: stringsIn(plan.config.config?.Entrypoint) }
  return fail('argument.invalid', `A container has one image, but ${others.length + 1} were loaded.`, {
    remedy: 'Name the one to run.',
  })
}

function stringsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
