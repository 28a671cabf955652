/**
 * Measures how many Debian packages with maintainer scripts of their own are in an image as dpkg leaves them, and whether notes name the
 * others. Usage: node bench/maintainer-scripts.ts [--packages N] [--seed N] [--most N] [--batch N] [--folder DIR] [NAME …]
 *
 * Packages are drawn from the machine's package lists (or named); those count whose postinst has lines that debhelper did not write and
 * that need at most --most other packages. They are installed in batches by dpkg in a root that mmdebstrap made. Needs root, mmdebstrap and
 * a mirror; downloads are kept in the directory.
 */
import { hash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { formatNote } from '../src/debian/root/notes.ts'
import { machineLists } from '../test/support/apt.ts'
import { run } from '../test/support/command.ts'
import { downloadDebs } from '../test/support/debs.ts'
import { baseRoot, type Measure, measureScripts, type Outcome, planFor } from '../test/support/scripts-measure.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    packages: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    most: { type: 'string', default: '40' },
    batch: { type: 'string', default: '10' },
    folder: { type: 'string', default: join(tmpdir(), 'slipway-maintainer-scripts') },
  },
})
// Packages that are fetched together, and the size from which one is passed over, in bytes.
const atOnce = 50
const largest = 4_000_000
// What most scripts have and debhelper does not mark.
const common =
  /^(#.*|set -e|exit [01]|esac|case .*|configure.*\)|abort-.*|;;|\*\)|echo .*called with.*|fi|if .*"\$1" = .?configure.*|:|true|\..*confmodule|then|summary.*|)$/
const { folder } = values
mkdirSync(folder, { recursive: true })
const base = await baseRoot(folder)
const sample = positionals.length > 0 ? positionals : await drawn(Number(values.packages))
const counts = { equal: 0, 'equal but noted': 0, 'different, noted': 0, 'different, silent': 0 }
for (let at = 0; at < sample.length; at += Number(values.batch))
  await batch(sample.slice(at, at + Number(values.batch)))
report()

/** Draws packages: by the hash of seed and name, so that a new package in the archive moves no other. */
async function drawn(count: number): Promise<readonly string[]> {
  const list = join(folder, `sample-${values.seed}-${values.most}.txt`)
  const before = existsSync(list) ? readFileSync(list, 'utf8').trim().split('\n') : []
  if (before.length >= count) return before.slice(0, count)
  const ranks = new Map(names().map((name) => [name, hash('sha256', `${values.seed} ${name}`)]))
  const order = [...ranks].sort(([, a], [, b]) => (a < b ? -1 : 1)).map(([name]) => name)
  const found: string[] = []
  for (let at = 0; at < order.length && found.length < count; at += atOnce) {
    for (const name of await byHand(order.slice(at, at + atOnce))) if (await isSmall(name)) found.push(name)
    writeFileSync(list, `${found.join('\n')}\n`)
  }
  return found.slice(0, count)
}

/** Returns the names of packages that are worth fetching for their scripts alone. */
function names(): readonly string[] {
  const found = machineLists().flatMap(({ index, paragraph }) =>
    index.names().filter((name) => {
      const [place] = index.placesOf(name)
      return place !== undefined && Number(/^Size: (\d+)/m.exec(paragraph(place))?.[1]) < largest
    }),
  )
  return [...new Set(found)]
}

async function isSmall(name: string): Promise<boolean> {
  const { unpacked } = await planFor(base, [name]).catch(() => ({ unpacked: [] }))
  return unpacked.length > 0 && unpacked.length <= 1 + Number(values.most)
}

/** Returns those of some packages whose postinst has lines that debhelper did not write. */
async function byHand(names: readonly string[]): Promise<readonly string[]> {
  const place = join(folder, 'drawn')
  rmSync(place, { recursive: true, force: true })
  const found: string[] = []
  for (const deb of await downloaded(place, names)) {
    const script = await run('dpkg-deb', ['-I', deb, 'postinst']).catch(() => '')
    if (isByHand(script)) found.push(basename(deb).replace(/_.*/, ''))
  }
  return names.filter((name) => found.includes(name))
}

/** Downloads packages; where apt has no source for one, such as another archive's that is installed, each half. */
async function downloaded(place: string, names: readonly string[]): Promise<readonly string[]> {
  try {
    return await downloadDebs(place, names)
  } catch (error) {
    if (names.length > 1) {
      const half = Math.ceil(names.length / 2)
      return [...(await downloaded(place, names.slice(0, half))), ...(await downloaded(place, names.slice(half)))]
    }
    process.stdout.write(`not downloaded: ${names.join(' ')}: ${String(error).split('\n', 1)[0]}\n`)
    return []
  }
}

/** Tells whether a script has lines that debhelper did not write. */
function isByHand(script: string): boolean {
  const own = script.replace(/^# Automatically added by [\s\S]*?^# End automatically added section/gm, '')
  return own.split('\n').some((line) => !common.test(line.trim()))
}

/** Measures packages; where apt finds no way to install them together, each half. */
async function batch(names: readonly string[]): Promise<void> {
  let measure: Measure
  try {
    measure = await measureScripts(folder, names)
  } catch (error) {
    const reason = String(error).split('\n').slice(-3).join(' ').slice(0, 300)
    process.stdout.write(`not installed: ${names.join(' ')}: ${reason}\n`)
    if (names.length === 1) return
    const half = Math.ceil(names.length / 2)
    await batch(names.slice(0, half))
    await batch(names.slice(half))
    return
  }
  for (const outcome of measure.outcomes) show(outcome)
  for (const line of measure.added) process.stdout.write(`  only in the image: ${line}\n`)
}

function show({ name, differences, notes }: Outcome): void {
  const [isEqual, isNoted] = [differences.length === 0, notes.length > 0]
  const kind = isEqual ? (isNoted ? 'equal but noted' : 'equal') : isNoted ? 'different, noted' : 'different, silent'
  counts[kind]++
  process.stdout.write(`${kind}: ${name}\n`)
  for (const line of differences.slice(0, 12)) process.stdout.write(`    ${line}\n`)
  for (const note of notes.slice(0, 8)) process.stdout.write(`    note ${formatNote(note)}\n`)
}

function report(): void {
  const all = Object.values(counts).reduce((sum, each) => sum + each, 0)
  for (const [kind, count] of Object.entries(counts))
    process.stdout.write(`${kind}: ${count} (${((100 * count) / all).toFixed(1)} %)\n`)
}
