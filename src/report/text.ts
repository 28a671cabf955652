/** Formats a summary for people: first the image, then a block for each layer, bottom layer first, then the notes. */
import { hexOf } from '../base/digest.ts'
import { printable } from '../base/printable.ts'
import type { ImageSummary, LayerPart, LayerSummary, OtherImage, PackagePart } from './summary.ts'

/** Formats a summary, with a final line break. @param sort - order of the parts: layer by layer, or all of them by size */
export function formatText(summary: ImageSummary, sort: 'layer' | 'size' = 'layer'): string {
  const facts: readonly (readonly [string, string])[] = [
    ['name', summary.names.join(', ') || '(none)'],
    ['id', summary.id],
    ['digest', summary.digest],
    ['platform', summary.platform],
    ...(summary.created === undefined ? [] : [['created', summary.created] as const]),
    ['size', `${formatSize(summary.size)} in ${counted(summary.layers.length, 'layer', 'layers')}`],
    ...Object.entries(summary.config).map(([key, value]) => [key, JSON.stringify(value)] as const),
    ...otherLines(summary.others ?? []).map((line) => ['also here', line] as const),
  ]
  const width = Math.max(...facts.map(([key]) => key.length))
  const head = facts.map(([key, value]) => `${key.padEnd(width)}  ${value}`)
  const layers =
    sort === 'size'
      ? sortedLines(summary)
      : summary.layers.flatMap((layer, index) => ['', ...layerLines(layer, index + 1)])
  const notes = (summary.notes ?? []).map((note) => `  ${note}`)
  const noted = notes.length === 0 ? [] : ['', 'notes', ...notes]
  return `${[...head, ...layers, ...noted].map((line) => printable(line)).join('\n')}\n`
}

function otherLines(others: readonly OtherImage[]): readonly string[] {
  const lines = others
    .slice(0, shownOthers)
    .map(
      ({ names, platform, digest }) => `${names.join(', ') || digest}${platform === undefined ? '' : ` (${platform})`}`,
    )
  return others.length > shownOthers ? [...lines, `and ${others.length - shownOthers} more`] : lines
}

const shownOthers = 20

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

/** Bytes for people, in decimal units: `1.2 MB`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toPrecision(2)} ${units[unit]}`
}

function layerLines(layer: LayerSummary, number: number): readonly string[] {
  const packed = layer.packedSize === undefined ? '' : ` (${formatSize(layer.packedSize)} packed)`
  const why = layer.createdBy ?? layer.comment
  return [
    `layer ${number}  ${hexOf(layer.diffId).slice(0, 12)}  ${formatSize(layer.size)}${packed}, ${counted(layer.entries, 'entry', 'entries')}`,
    ...(why === undefined ? [] : [`  ${why}`]),
    ...partLines(partsOf(layer)),
  ]
}

/** All parts of an image in one list, each with the numbers of its layers. */
function sortedLines({ layers }: ImageSummary): readonly string[] {
  const parts = new Map<string, { size: number; readonly layers: number[] }>()
  for (const [index, layer] of layers.entries()) {
    for (const { name, size } of partsOf(layer)) {
      const known = parts.get(name) ?? { size: 0, layers: [] }
      parts.set(name, known)
      known.size += size
      known.layers.push(index + 1)
    }
  }
  const named = [...parts].map(([name, { size, layers }]) => ({ name: `${name}  [layer ${layers.join(', ')}]`, size }))
  return ['', ...partLines(named)]
}

function partsOf({ packages, storePaths }: LayerSummary): readonly LayerPart[] {
  return [...packages.map((part) => ({ name: packageLine(part), size: part.size })), ...storePaths]
}

/** Name and version, and who brought it, where that is not clear. */
function packageLine({ name, version, broughtBy }: PackagePart): string {
  const others = broughtBy.filter((each) => each !== name)
  const named = `${name} ${version}`.trim()
  if (others.length === 0) return named
  const shown = others.slice(0, shownRoots).join(', ')
  const more = others.length > shownRoots ? ` and ${others.length - shownRoots} more` : ''
  return `${named}  (for ${shown}${more})`
}

/** So that a line of a terminal is enough. */
const shownRoots = 3

/** Formats parts, largest first. */
function partLines(parts: readonly LayerPart[]): readonly string[] {
  return [...parts]
    .sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1))
    .map(({ name, size }) => `  ${formatSize(size).padStart(7)}  ${name}`)
}
