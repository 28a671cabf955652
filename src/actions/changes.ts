/** Watches files and directories of this machine for changes. */

import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import type { LocalInput } from '../source/local-inputs.ts'
import { type Ignored, ignoring } from '../tree/ignore/ignore.ts'
import { entryPathOf } from '../tree/path.ts'

/** A watch on inputs. */
export interface Changes extends AsyncDisposable {
  /** Watches further inputs; waits until the watch is in place. */
  add(inputs: readonly LocalInput[]): Promise<void>
}

/** Begins to watch. An editor that replaces a file by a new one is one change. @param changed - called with the file's path */
export function watchChanges(changed: (file: string) => void): Changes {
  const watched = new Map<string, Watched>()
  const ignored = (file: string, stats?: { isDirectory(): boolean }): boolean =>
    [...watched.values()].every((input) => leavesOut(input, file, stats?.isDirectory() ?? false))
  const watcher: FSWatcher = watch([], {
    ignoreInitial: true,
    ignored,
    ignorePermissionErrors: true,
    followSymlinks: false,
  })
  watcher.on('all', (_event, file) => {
    if (!isResult(file)) changed(file)
  })
  // An input that cannot be watched is reported when it is read.
  watcher.on('error', () => {})
  return {
    add: async (inputs) => {
      const news = inputs.filter((input) => !watched.has(keyOf(input)))
      if (news.length === 0) return
      for (const input of news) watched.set(keyOf(input), { ...input, rules: rulesOf(input) })
      const ready = once(watcher, 'ready')
      watcher.add(news.map(({ file }) => file))
      await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, longestMilliseconds).unref())])
    },
    [Symbol.asyncDispose]: () => watcher.close(),
  }
}

/** Tells whether a file is a link that a build created. */
function isResult(file: string): boolean {
  try {
    return readlinkSync(file).includes('/nix/store/')
  } catch {
    return false
  }
}

/** The watcher reports that it is ready only once. */
const longestMilliseconds = 200

interface Watched extends LocalInput {
  readonly rules: Ignored
}

function keyOf({ file, ignore }: LocalInput): string {
  return [file, ...ignore].join('\n')
}

function rulesOf({ ignore }: LocalInput): Ignored {
  return ignoring({ patterns: ignore }, { read: () => undefined, place: () => '' })
}

function leavesOut({ file: top, rules }: Watched, file: string, isDirectory: boolean): boolean {
  if (file === top) return false
  const below = relative(top, file)
  if (below === '' || below.startsWith('..') || below.startsWith(sep)) return true
  return rules(entryPathOf(Buffer.from(below, 'utf8').toString('latin1')), isDirectory) === 'leave'
}
