/** Rounds of `watch`: what begins one, what does not, mistakes, and that one runs at a time. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { isPackage } from '../source/placeholder.ts'
import { type WatchRound, watch } from './watch.ts'

const source = (name: string): string => JSON.stringify(new URL(`../source/${name}.ts`, import.meta.url).href)
const image = `import { writeText } from ${source('text')}
import { pathPackage } from ${source('path')}
import { text } from './text'
export default writeText('motd', text + pathPackage('files', { ignore: ['*.tmp'] }, { home: import.meta.dirname }))
`

/** A project that is watched: events come out one by one. */
function project(work: (round: WatchRound) => Promise<void> = async () => {}) {
  const folder = temporaryFolder()
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  mkdirSync(join(folder, 'files'))
  write('package.json', '{}')
  write('image.ts', image)
  write('text.ts', 'export const text: string = "one"')
  write('files/a', 'a')
  const stopping = new AbortController()
  const [events, waiters]: [string[], ((event: string) => void)[]] = [[], []]
  const tell = (event: string): void => {
    const waiter = waiters.shift()
    if (waiter === undefined) events.push(event)
    else waiter(event)
  }
  const next = (): Promise<string> =>
    new Promise((resolve) => {
      const event = events.shift()
      if (event === undefined) waiters.push(resolve)
      else resolve(event)
    })
  const ended = watch(
    join(folder, 'image.ts'),
    async (round) => {
      const [target] = round.targets
      tell(isPackage(target) ? target.path : 'nothing')
      await work(round)
    },
    { signal: stopping.signal, failed: (thrown) => tell(String(thrown)), waiting: () => tell('waiting') },
  )
  const stop = async (): Promise<void> => {
    stopping.abort()
    await ended
  }
  // A test that fails must not leave its watch running.
  after(stop)
  return { folder, write, next, stop }
}

test('watch: imports, files behind path() and a mistake each begin a round; ignored files do not', async () => {
  const { folder, write, next, stop } = project()
  const first = await next()
  assert.equal(await next(), 'waiting')
  write('text.ts', 'export const text: string = "two"')
  const second = await next()
  assert.notEqual(second, first)
  assert.equal(await next(), 'waiting')
  write('files/b.tmp', 'ignored')
  write('files/a', 'changed')
  assert.equal(await next(), second)
  assert.equal(await next(), 'waiting')
  write('text.ts', 'export const text: string =')
  assert.match(await next(), /does not parse/)
  assert.equal(await next(), 'waiting')
  // As editors save: another file takes the name.
  write('text.ts~', 'export const text: string = "one"')
  renameSync(join(folder, 'text.ts~'), join(folder, 'text.ts'))
  let event = await next()
  while (event === 'waiting' || /does not parse/.test(event)) event = await next()
  assert.equal(event, first)
  await stop()
})

test('watch: a change ends the round that runs, and the next one has the newest state', async () => {
  let running = 0
  const { write, next, stop } = project(async ({ signal }) => {
    assert.equal(++running, 1)
    if (!signal.aborted) await once(signal, 'abort')
    running--
    signal.throwIfAborted()
  })
  const first = await next()
  write('text.ts', 'export const text: string = "two"')
  let event = await next()
  while (event === 'waiting' || event === first) event = await next()
  assert.match(event, /-motd$/)
  await stop()
  assert.equal(running, 0)
})

test('watch: a missing module may come later', async () => {
  const { write, next, stop } = project()
  await next()
  assert.equal(await next(), 'waiting')
  write('image.ts', image.replace('./text', './other'))
  assert.match(await next(), /other.*does not exist/)
  assert.equal(await next(), 'waiting')
  write('other.ts', 'export const text: string = "other"')
  let event = await next()
  while (!event.endsWith('-motd')) event = await next()
  await stop()
})
