/** `watch`: repeats work with the images that a file describes after each change to their inputs. */

import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Check, checkStrings } from '../base/check.ts'
import { BuildError, fail } from '../base/error.ts'
import { watchOf } from '../base/event.ts'
import { absolutePath } from '../base/real-path.ts'
import { forgetProject, projectFiles } from '../load/hooks.ts'
import { type ImageTargets, imageTargets } from '../load/image-target.ts'
import { isScript, parseTarget } from '../load/load.ts'
import { type LocalInput, localInputs } from '../source/local-inputs.ts'
import { isPackage } from '../source/placeholder.ts'
import { actionChecks, checkCall, checkFunction, givenOptions, type OptionChecks, optional } from './call.ts'

/** Options of `watch`. */
export interface WatchOptions {
  /** Signal that ends watching. Default: none. */
  readonly signal?: AbortSignal
  /**
   * Called with the error of a failed round, such as a mistake in the file: the next change begins another round. Also called, once, with
   * watch.limit if the system watches no more files: from then on changes are looked for every second. Default: none.
   */
  readonly failed?: (thrown: unknown) => void
  /** Called when a round begins, before the file is loaded, with the signal that ends the round. Default: none. */
  readonly began?: (signal: AbortSignal) => void
  /** Called when a round has ended and the watch waits for changes. Default: none. */
  readonly waiting?: () => void
}

const optionChecks: OptionChecks<WatchOptions> = {
  signal: actionChecks.signal,
  began: optional(checkFunction),
  failed: optional(checkFunction),
  waiting: optional(checkFunction),
}

const checkWords: Check<unknown> = (value, place) => (typeof value === 'string' ? value : checkStrings(value, place))

/** Inputs of a round. */
export interface WatchRound extends ImageTargets {
  /** Aborted when an input changes: the round ends, and the next one begins. */
  readonly signal: AbortSignal
}

/**
 * Loads the images of FILE#NAME and works with them, again whenever the file, its imports, its lock, or a file that `path()` reads changes. One
 * round runs at a time; a change aborts it, and the next round uses the newest state.
 *
 * @example
 * import { load, watch } from 'slipway'
 *
 * await watch('image.ts', async ({ targets, beside, signal }) => {
 *   await load(targets, { beside, signal })
 * }, { signal: AbortSignal.timeout(1000) })
 * @param words - `FILE`, `FILE#NAME` or a place, or an array of these.
 * @param work - called in each round; rejects when the round failed.
 * @param round - the images as described now, and a signal that ends the round.
 * @throws BuildError argument.invalid - no file is named; errors of `options.failed` and `options.waiting`; errors of a round are passed to `failed`
 */
export async function watch(
  words: string | readonly string[],
  work: (round: WatchRound) => Promise<void>,
  options: WatchOptions = {},
): Promise<void> {
  checkCall(
    'watch',
    { words, work, options },
    { words: checkWords, work: checkFunction, options: givenOptions(optionChecks) },
  )
  const { signal } = watchOf(options)
  const given = [words].flat()
  let current: readonly LocalInput[] = scriptsOf(given)
  if (current.length === 0)
    fail('argument.invalid', `Nothing can be watched: ${given.join(', ')} names no file that describes an image.`, {
      remedy: 'Name one, such as image.ts, or leave out --watch.',
    })
  const state = newState((file) => file === '' || current.some((input) => isWithin(file, input)))
  const { watchChanges } = await import('./changes.ts')
  await using changes = watchChanges({ changed: state.changed, limited: (error) => options.failed?.(error) })
  const stop = (): void => state.changed('')
  signal.addEventListener('abort', stop)
  try {
    await changes.add(current)
    while (!signal.aborted) {
      await state.round(async (changed) => {
        const ending = AbortSignal.any([signal, changed])
        forgetProject()
        try {
          options.began?.(ending)
          const targets = await imageTargets(given)
          current = inputsOf(given, targets)
          await changes.add(current)
          await work({ ...targets, signal: ending })
          // The round may have written the first lock.
          current = inputsOf(given, targets)
        } catch (thrown) {
          // A missing module may be added beside those that were found.
          current = [...current, ...inputsOf(given), ...besides(given)]
          // The change that a build has met with may be reported a moment later.
          if (thrown instanceof BuildError && thrown.code === 'content.changed') await pause(together)
          if (!ending.aborted) options.failed?.(thrown)
        }
        await changes.add(current)
        state.wrote(current.flatMap(({ file }) => (isLock(file) ? [file] : [])))
        if (!ending.aborted) options.waiting?.()
      })
      await state.next()
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

interface State {
  /** Records a change and ends the round. Locks count when their text has changed, since rounds write them. */
  readonly changed: (file: string) => void
  /** Records the locks that a round leaves. */
  readonly wrote: (locks: readonly string[]) => void
  /** Runs rounds until the watch ends. */
  round(work: (changed: AbortSignal) => Promise<void>): Promise<void>
  /** Waits for a change, unless one was recorded since the last round began, and for those that follow at once. */
  next(): Promise<void>
}

/** Interval within which changes belong together, in milliseconds. */
const together = 40

function newState(counts: (file: string) => boolean): State {
  let controller = new AbortController()
  let isWorking = false
  let wake: (() => void) | undefined
  const locks = new Map<string, string>()
  return {
    changed: (file) => {
      if (!counts(file) || (isLock(file) && (isWorking || locks.get(file) === textOf(file)))) return
      controller.abort(new BuildError('interrupted', 'Something changed.', {}))
      wake?.()
    },
    wrote: (files) => {
      for (const file of files) locks.set(file, textOf(file))
    },
    round: async (work) => {
      controller = new AbortController()
      isWorking = true
      await work(controller.signal)
      isWorking = false
    },
    next: async () => {
      if (!controller.signal.aborted) await new Promise<void>((resolve) => (wake = resolve))
      wake = undefined
      await pause(together)
    },
  }
}

function isLock(file: string): boolean {
  return basename(file) === 'slipway.lock'
}

/** Returns the text of a file; empty if it cannot be read. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function scriptsOf(words: readonly string[]): readonly LocalInput[] {
  return words.flatMap((word) => {
    const { file } = parseTarget(word)
    return isScript(file) ? [{ file: absolutePath(file), ignore: [] }] : []
  })
}

/** Inputs of a round; after a failure, the modules that were reached, and the other files beside them. */
function inputsOf(words: readonly string[], targets?: ImageTargets): readonly LocalInput[] {
  const modules = [...scriptsOf(words).map(({ file }) => file), ...projectFiles()]
  const packages = targets === undefined ? [] : [...targets.targets.filter(isPackage), ...targets.beside.values()]
  const locks = [...new Set(modules.flatMap(locksAbove))]
  return [...[...modules, ...locks].map((file) => ({ file, ignore: [] })), ...localInputs(packages)]
}

function besides(words: readonly string[]): readonly LocalInput[] {
  const modules = [...scriptsOf(words).map(({ file }) => file), ...projectFiles()]
  return [...new Set(modules.map((file) => dirname(file)))].map((file) => ({ file, ignore: ['*/'] }))
}

function isWithin(file: string, input: LocalInput): boolean {
  return file === input.file || file.startsWith(`${input.file}/`)
}

function locksAbove(file: string): readonly string[] {
  const folder = dirname(file)
  const lock = join(folder, 'slipway.lock')
  return [...(existsSync(lock) ? [lock] : []), ...(folder === dirname(folder) ? [] : locksAbove(folder))]
}
