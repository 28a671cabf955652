/** Checks the steps of a layering pipeline: every name and argument, with the step's position in the message. */

import { isPlainObject } from '../../base/document.ts'
import { fail } from '../../base/error.ts'
import { didYouMean } from '../../base/nearest.ts'
import { parseStorePath, type StorePath } from '../../store/store-path.ts'
import { type Part, parts } from './pipeline-value.ts'

/** Objects by their paths, or their direct references. */
export interface Selection {
  readonly paths: readonly StorePath[]
  readonly childrenOf: readonly StorePath[]
}

/** A checked step; `place` is its position, such as `layeringPipeline[2]`. */
export type Step = { readonly place: string } & (
  | { readonly name: 'split_paths' | 'subcomponent_in' | 'subcomponent_out' | 'remove_paths'; readonly of: Selection }
  | { readonly name: 'split_every' | 'limit_layers'; readonly count: number }
  | { readonly name: 'over'; readonly part: Part; readonly step: Step }
  | { readonly name: 'map'; readonly step: Step }
  | { readonly name: 'pipe'; readonly steps: readonly Step[] }
  | { readonly name: 'popularity_contest' | 'flatten' | 'reverse' }
)

const names = [
  'split_paths',
  'subcomponent_in',
  'subcomponent_out',
  'remove_paths',
  'split_every',
  'limit_layers',
  'over',
  'map',
  'pipe',
  'popularity_contest',
  'flatten',
  'reverse',
] as const

/** Checks a list of steps. @throws BuildError layering.pipeline */
export function parseSteps(value: unknown, place: string): readonly Step[] {
  if (!isList(value))
    return wrong(
      place,
      `must be an array of steps; got ${shown(value)}`,
      'Write an array such as [["popularity_contest"], ["limit_layers", 50]].',
    )
  return value.map((step, index) => parseStep(step, `${place}[${index}]`))
}

function parseStep(value: unknown, place: string): Step {
  if (!isList(value))
    return wrong(
      place,
      `must be a step; got ${shown(value)}`,
      'Write a step as an array: its name, then its arguments.',
    )
  const [given, ...rest] = value
  const name = names.find((known) => known === given)
  if (name === undefined) {
    const near = typeof given === 'string' ? didYouMean(given, names) : ''
    return wrong(place, `has an unknown step ${shown(given)}`, `${near} The steps are ${names.join(', ')}.`.trim())
  }
  const expected =
    name === 'over' ? 2 : name === 'popularity_contest' || name === 'flatten' || name === 'reverse' ? 0 : 1
  if (rest.length !== expected)
    return wrong(place, `(${name}) has ${rest.length} arguments`, `${name} takes ${expected}.`)
  return stepOf(name, rest, place)
}

function stepOf(name: Step['name'], [first, second]: readonly unknown[], place: string): Step {
  switch (name) {
    case 'split_paths':
    case 'subcomponent_in':
    case 'subcomponent_out':
    case 'remove_paths':
      return { name, place, of: parseSelection(first, `${place}[1]`) }
    case 'split_every':
    case 'limit_layers':
      return { name, place, count: parseCount(first, place, name) }
    case 'over':
      return { name, place, part: parsePart(first, place), step: parseStep(second, `${place}[2]`) }
    case 'map':
      return { name, place, step: parseStep(first, `${place}[1]`) }
    case 'pipe':
      return { name, place, steps: parseSteps(first, `${place}[1]`) }
    default:
      return { name, place }
  }
}

function parseCount(value: unknown, place: string, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  return wrong(place, `(${name}) takes a positive integer; got ${shown(value)}`, 'Write an integer of at least 1.')
}

function parsePart(value: unknown, place: string): Part {
  const part = parts.find((known) => known === value)
  return (
    part ?? wrong(place, `(over) takes a part of a set; got ${shown(value)}`, 'The parts are main, common and rest.')
  )
}

function parseSelection(value: unknown, place: string): Selection {
  const items = isList(value) ? value : [value]
  const selections = items.map((item, index) => parseItem(item, isList(value) ? `${place}[${index}]` : place))
  return {
    paths: selections.flatMap(({ paths }) => paths),
    childrenOf: selections.flatMap(({ childrenOf }) => childrenOf),
  }
}

function parseItem(item: unknown, place: string): Selection {
  const path = parsePath(item)
  if (path !== undefined) return { paths: [path], childrenOf: [] }
  if (!isPlainObject(item) || !('children_of' in item) || Object.keys(item).length !== 1)
    return wrong(
      place,
      `must be a store path; got ${shown(item)}`,
      'Write a package, "/nix/store/…", or { children_of: … } with one of these.',
    )
  const of = isList(item.children_of) ? item.children_of : [item.children_of]
  const inner = of.map(
    (parent) =>
      parsePath(parent) ??
      wrong(`${place}.children_of`, `must be a store path; got ${shown(parent)}`, 'Write a package or "/nix/store/…".'),
  )
  return { paths: [], childrenOf: inner }
}

/** Replaces a package by its `path`. */
function parsePath(item: unknown): StorePath | undefined {
  if (typeof item === 'string') return item.startsWith('/') ? parseStorePath(item) : undefined
  return typeof item === 'object' && item !== null && 'path' in item && typeof item.path === 'string'
    ? parsePath(item.path)
    : undefined
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

function wrong(place: string, fact: string, remedy: string): never {
  return fail('layering.pipeline', `${place} ${fact}.`, { remedy })
}
