/** Watches files and directories of this machine for changes. */
import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, relative } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import { isPlainObject } from '../base/document.ts'
import { BuildError, errorCode } from '../base/error.ts'
import type { LocalInput } from '../source/local-inputs.ts'
import { ignoredBelow } from '../tree/disk.ts'
import type { Ignored } from '../tree/ignore/ignore.ts'
import { entryPathOf } from '../tree/path.ts'

/** A watch on inputs. */
export interface Changes extends AsyncDisposable {
  /** Watches further inputs; waits until the watch is in place. */
  add(inputs: readonly LocalInput[]): Promise<void>
}

/** Receiver of changes. */
export interface ChangeListener {
  /** Called with the path of a file that has changed. */
  readonly changed: (file: string) => void
  /** Called once, with watch.limit, when the system watches no more files: from then on the files are read every second. */
  readonly limited: (error: BuildError) => void
}

/** Begins to watch. An editor that replaces a file by a new one is one change. @param open - opens chokidar's watchers */
export function watchChanges({ limited, ...listener }: ChangeListener, open: typeof watch = watch): Changes {
  const changed = withoutRepeats(listener.changed)
  const watched = new Map<string, Watched>()
  let isPolling = false
  let restarted: Promise<unknown> = Promise.resolve()
  const start = async (input: LocalInput): Promise<void> => {
    const rules = ignoredBelow(input.file, { patterns: input.ignore, files: input.ignoreFiles ?? [] })
    const watcher = open(input.file, { ...settings(isPolling), ignored: ignoredIn(input, rules) })
    const closing = Promise.withResolvers<void>()
    const close = async (): Promise<void> => {
      closing.resolve()
      const closed = watcher.close()
      // What it was about to watch may still fail, and closing removes all listeners.
      watcher.on('error', () => {})
      await closed
    }
    watched.set(keyOf(input), { input, close })
    watcher.on('error', (error) => {
      if (!isLimit(error) || isPolling) return
      isPolling = true
      limited(limitOf(error))
      restarted = restart()
    })
    const tell = (file: string): void => {
      // Its rules are read again when the next round watches its input.
      if (input.ignoreFiles?.includes(basename(file)) === true) void forget(input)
      changed(file)
    }
    await Promise.race([readyToTell(watcher, tell), closing.promise])
  }
  const forget = async (input: LocalInput): Promise<void> => {
    const known = watched.get(keyOf(input))
    watched.delete(keyOf(input))
    await known?.close()
  }
  /** Watches everything anew, by reading. */
  const restart = async (): Promise<void> => {
    const all = [...watched.values()].map(({ input }) => input)
    await Promise.all(all.map(forget))
    await Promise.all(all.map(start))
  }
  return {
    add: async (inputs) => {
      await Promise.all(inputs.filter((input) => !watched.has(keyOf(input))).map(start))
      await restarted
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...watched.values()].map(({ close }) => close()))
    },
  }
}

interface Watched {
  readonly input: LocalInput
  close(): Promise<void>
}

/** Passes on what differs from what was last passed on: one change may be reported several times, the last of them late. */
function withoutRepeats(changed: ChangeListener['changed']): ChangeListener['changed'] {
  const known = new Map<string, string>()
  return (file) => {
    const state = stateOf(file)
    if (known.get(file) === state) return
    known.set(file, state)
    changed(file)
  }
}

function stateOf(file: string): string {
  try {
    const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false })
    return stats === undefined ? 'absent' : [stats.ino, stats.mode, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ')
  } catch (thrown) {
    return String(errorCode(thrown))
  }
}

const settings = (usePolling: boolean) => ({
  ignoreInitial: true,
  ignorePermissionErrors: true,
  followSymlinks: false,
  usePolling,
  interval: 1000,
  binaryInterval: 1000,
})

/** Waits until a watcher watches, and passes changes on. */
async function readyToTell(watcher: FSWatcher, changed: (file: string) => void): Promise<void> {
  let isReady = false
  watcher.on('all', (event, file) => {
    // Links are reported as new at the start.
    if ((isReady || !event.startsWith('add')) && !isResult(file)) changed(file)
  })
  // The watcher's own events omit changes of permissions.
  watcher.on('raw', (event, name, detail) => {
    const file = event === 'change' ? touchedFile(name, detail) : undefined
    if (file !== undefined && !isResult(file)) changed(file)
  })
  await new Promise<void>((resolve) => watcher.once('ready', resolve))
  isReady = true
}

/** Returns the file that the watch on a file itself reports, as opposed to that on its directory. */
function touchedFile(name: string, detail: unknown): string | undefined {
  if (!isPlainObject(detail)) return undefined
  const { watchedPath } = detail
  return typeof watchedPath === 'string' && basename(watchedPath) === name ? watchedPath : undefined
}

/** Tells whether a file is a link that a build created. */
function isResult(file: string): boolean {
  try {
    return readlinkSync(file).includes('/nix/store/')
  } catch {
    return false
  }
}

/** Tells whether the system's limit of watched files or of watchers is reached. An input that cannot be watched otherwise is reported when it is read. */
function isLimit(error: unknown): boolean {
  return ['ENOSPC', 'EMFILE', 'ENFILE'].includes(errorCode(error) ?? '')
}

function limitOf(cause: unknown): BuildError {
  const setting = errorCode(cause) === 'ENOSPC' ? 'max_user_watches' : 'max_user_instances'
  const limit = limitIn(`/proc/sys/fs/inotify/${setting}`)
  return new BuildError(
    'watch.limit',
    `The system watches no more files: its limit fs.inotify.${setting}${limit} is reached. Changes are looked for every second instead. Raise it: sysctl fs.inotify.${setting}=${setting === 'max_user_watches' ? 524_288 : 1024}`,
    { setting },
    cause,
  )
}

function limitIn(file: string): string {
  try {
    return ` (${readFileSync(file, 'utf8').trim()})`
  } catch {
    return ''
  }
}

/** Identifies an input. */
function keyOf({ file, ignore, ignoreFiles = [] }: LocalInput): string {
  return [file, ...ignore, '', ...ignoreFiles].join('\n')
}

/** Tells chokidar what to leave out. Where a file is missing, it watches the directories above. */
function ignoredIn({ file: top }: LocalInput, rules: Ignored) {
  return (file: string, stats?: { isDirectory(): boolean }): boolean => {
    const below = relative(top, file)
    if (/^(\.\.(\/|$))*$/.test(below)) return false
    if (below.startsWith('../')) return true
    return rules(entryPathOf(Buffer.from(below, 'utf8').toString('latin1')), stats?.isDirectory() ?? false) === 'leave'
  }
}
