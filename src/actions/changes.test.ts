/** What the watcher notices and passes over, how editors write, and what happens at the system's limit. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { watch } from 'chokidar'
import { temporaryFolder } from '../../test/support/temporary.ts'
import type { BuildError } from '../base/error.ts'
import type { LocalInput } from '../source/local-inputs.ts'
import { watchChanges } from './changes.ts'

/** A watched directory. `next` waits for changes, and tells which files have changed until nothing happens for a moment. */
function watchedFolder(open?: typeof watch) {
  const folder = temporaryFolder()
  const limits: BuildError[] = []
  let seen = new Set<string>()
  let wake = (): void => {}
  const changed = (file: string): void => {
    seen.add(relative(folder, file))
    wake()
  }
  const changes = watchChanges({ changed, limited: (error) => void limits.push(error) }, open)
  after(() => changes[Symbol.asyncDispose]())
  const next = async (): Promise<readonly string[]> => {
    if (seen.size === 0) await new Promise<void>((resolve) => (wake = resolve))
    await pause(250)
    const found = [...seen].sort()
    seen = new Set()
    return found
  }
  const write = (name: string, text = name): void => writeFileSync(join(folder, name), text)
  const add = (...inputs: readonly Partial<LocalInput>[]): Promise<void> =>
    changes.add(inputs.map(({ file = '', ...input }) => ({ ignore: [], ...input, file: join(folder, file) })))
  return { at: (name: string) => join(folder, name), write, add, next, limits }
}

test('changes: of a file: written, replaced, removed and written again, made when it was missing, made executable', async () => {
  const { at, write, add, next } = watchedFolder()
  for (const name of ['a', 'beside']) write(name)
  await add({ file: 'a' }, { file: 'missing' })
  write('a', 'again')
  assert.deepEqual(await next(), ['a'])
  for (const text of ['one', 'two']) {
    write('a~', text)
    renameSync(at('a~'), at('a'))
    assert.deepEqual(await next(), ['a'])
  }
  rmSync(at('a'))
  assert.deepEqual(await next(), ['a'])
  write('a', 'back')
  assert.deepEqual(await next(), ['a'])
  // As a build does.
  readFileSync(at('a'))
  chmodSync(at('a'), 0o755)
  assert.deepEqual(await next(), ['a'])
  write('beside', 'again')
  write('missing')
  assert.deepEqual(await next(), ['missing'])
})

test('changes: of a directory: at any depth, in new directories, of links; what is ignored is not', async () => {
  const { at, write, add, next } = watchedFolder()
  for (const name of ['deep/er', 'out', 'deep/out']) mkdirSync(at(name), { recursive: true })
  for (const name of ['deep/er/a', 'out/a', 'deep/out/a', 'a.tmp']) write(name)
  symlinkSync('out', at('link'))
  await add({ file: '.', ignore: ['out/', '*.tmp'] })
  await pause(200)
  for (const name of ['out/a', 'deep/out/b', 'b.tmp', 'a.tmp', 'deep/er/.a.swp']) write(name, 'ignored')
  write('deep/er/a', 'again')
  assert.deepEqual(await next(), ['deep/er/a'])
  mkdirSync(at('new/er'), { recursive: true })
  assert.ok((await next()).includes('new'))
  write('new/er/a')
  assert.ok((await next()).includes('new/er/a'))
  rmSync(at('link'))
  symlinkSync('deep', at('link'))
  assert.deepEqual(await next(), ['link'])
})

test('changes: an ignore file is followed, and read again when it changes', async () => {
  const { at, write, add, next } = watchedFolder()
  mkdirSync(at('logs'))
  write('.dockerignore', 'logs\n')
  const input = { file: '.', ignoreFiles: ['.dockerignore'] }
  await add(input)
  write('logs/a')
  write('a')
  assert.deepEqual(await next(), ['a'])
  write('.dockerignore', '*.md\n')
  assert.deepEqual(await next(), ['.dockerignore'])
  await add(input)
  write('a.md')
  write('logs/a', 'again')
  assert.deepEqual(await next(), ['logs/a'])
})

test('changes: at the limit of watched files this is said once, and files are read from then on', async () => {
  const full: typeof watch = (paths, options) => {
    const watcher = watch(paths, { ...options, interval: 20 })
    if (options?.usePolling !== true)
      process.nextTick(() => watcher.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' })))
    return watcher
  }
  const { write, add, next, limits } = watchedFolder(full)
  for (const name of ['a', 'b', 'later']) write(name)
  await add({ file: 'a' }, { file: 'b' })
  await add({ file: 'later' })
  const [limit, ...others] = limits
  assert.deepEqual([limit?.code, others], ['watch.limit', []])
  assert.match(
    limit?.message ?? '',
    /fs\.inotify\.max_user_watches( \(\d+\))? is reached\. .* Raise it: sysctl fs\.inot/,
  )
  for (const name of ['a', 'later']) {
    write(name, 'changed')
    assert.deepEqual(await next(), [name])
  }
})
