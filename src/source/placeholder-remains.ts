/**
 * What is left of a placeholder that was cut, measured or encoded before the build could replace it: a path that nothing has.
 *
 * Found are `/nix/store/slipway` itself, whatever follows it, and 12 characters in a row of a known mark, in any case, forwards or backwards;
 * both also inside hex and base64.
 */
import { fail } from '../base/error.ts'
import { packageAt, placeholderTable } from './placeholder-table.ts'

/** @throws BuildError placeholder.remains, naming `place`, when a string holds a part of a placeholder */
export function checkRemains(text: string, place: string): void {
  const remain = remainIn(text)
  if (remain === undefined) return
  const owner = remain.mark === undefined ? undefined : packageAt(remain.mark)?.name
  fail(
    'placeholder.remains',
    `${place} holds "${remain.found}", a part of the placeholder of ${owner === undefined ? 'a package' : `the package "${owner}"`}.`,
    {
      remedy:
        'Use `${pkg}` whole: its real path is known only when the image is built, so it cannot be cut, measured or encoded before.',
      detail: { place },
    },
  )
}

interface Remain {
  readonly found: string
  /** Of the package, where one is known. */
  readonly mark?: string
}

/** Finds the first part of a placeholder in a string. */
export function remainIn(text: string): Remain | undefined {
  for (const reading of readings(text)) {
    const mark = markIn(reading)
    if (mark !== undefined) return mark
    const start = /\/nix\/store\/slipway[0-9a-z]{0,25}/i.exec(reading)
    if (start !== null) return { found: start[0] }
  }
  return undefined
}

const hexOfWord = Buffer.from('slipway').toString('hex')
/** "slipway" in base64, without the characters that its neighbours take part in, by its offset modulo 3. */
const base64OfWord = ['c2xpcHdhe', 'NsaXB3YX', 'zbGlwd2F5']

/** Returns the string itself and the decoded hex and base64 parts that can contain the word. */
function* readings(text: string): Generator<string> {
  yield text
  for (const run of text.match(/[0-9a-fA-F]{14,}/g) ?? []) {
    const at = run.toLowerCase().indexOf(hexOfWord)
    if (at >= 0) yield Buffer.from(run.slice(at), 'hex').toString('latin1')
  }
  if (!base64OfWord.some((word) => text.includes(word))) return
  for (const run of text.match(/[A-Za-z0-9+/_-]{9,}/g) ?? []) {
    for (let skip = 0; skip < 4; skip++) yield Buffer.from(run.slice(skip), 'base64').toString('latin1')
  }
}

/** Characters of a mark, in a row, that are a part of it. */
const least = 12
const block = 6

function markIn(text: string): Remain | undefined {
  if (placeholderTable().size === 0) return undefined
  for (const [run] of text.matchAll(/[0-9a-df-np-sv-z]{12,}/gi)) {
    const folded = run.toLowerCase()
    const remain = partIn(folded) ?? partIn([...folded].reverse().join(''))
    if (remain !== undefined) return remain
  }
  return undefined
}

/** Any 12 characters of a mark hold a whole block of it: those that begin at 6, 12, 18 and 24. */
function partIn(run: string): Remain | undefined {
  const blocks = knownBlocks()
  for (let at = 0; at + block <= run.length; at++) {
    for (const { mark, offset } of blocks.get(run.slice(at, at + block)) ?? []) {
      const found = common(run, at, mark, offset)
      if (found.length >= least) return { found, mark }
    }
  }
  return undefined
}

/** Returns the longest common stretch around two equal places of two strings. */
function common(run: string, at: number, mark: string, offset: number): string {
  let before = 0
  while (before < at && before < offset && run[at - before - 1] === mark[offset - before - 1]) before++
  let after = block
  while (offset + after < mark.length && run[at + after] === mark[offset + after]) after++
  return run.slice(at - before, at + after)
}

interface Block {
  readonly mark: string
  readonly offset: number
}

const indexed = new Map<string, Block[]>()
let indexedMarks = 0

/** Blocks of all known marks. The table only grows, and keeps its order. */
function knownBlocks(): ReadonlyMap<string, readonly Block[]> {
  for (const mark of placeholderTable().keys().drop(indexedMarks)) {
    for (let offset = block; offset + block <= mark.length; offset += block) {
      const text = mark.slice(offset, offset + block)
      const list = indexed.get(text) ?? []
      list.push({ mark, offset })
      indexed.set(text, list)
    }
    indexedMarks++
  }
  return indexed
}
