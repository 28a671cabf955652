/**
 * The table of compressors that slipway writes with.
 *
 * `encoder` names the bytes: one encoder with one cutting rule, at one level, makes the same bytes of the same input on every machine, for
 * ever. An encoder or a rule that makes other bytes gets another name, because paths in the store follow from it.
 */
import { mediaTypes } from '../media-types.ts'

/** Every compressor, by the name that nixpkgs and the commands use. */
export const compressorNames = ['none', 'gz', 'zstd'] as const

/** Name of a compressor: "none", "gz" or "zstd". */
export type CompressorName = (typeof compressorNames)[number]

/** Compressor with its level. */
export interface Compressor {
  /** Name of the compressor. */
  readonly name: CompressorName
  /** Level of compression. gz: 1 (fastest) to 9 (smallest); zstd: 1 to 19; none: 0. */
  readonly level: number
}

/**
 * Compressor as an argument: its name, for the default level, or its name and a level: gz 1 to 9 (default: 6), zstd 1 to 19 (default: 3).
 *
 * @example
 * import type { CompressorInput } from 'slipway'
 *
 * export const fast: CompressorInput = 'zstd'
 * export const small: CompressorInput = { name: 'gz', level: 9 }
 */
export type CompressorInput = CompressorName | { readonly name: CompressorName; readonly level?: number | null }

interface Row {
  readonly encoder: string
  /** Ending of a file's name. */
  readonly suffix: string
  /** Media type of a layer (image specification, layer.md). */
  readonly mediaType: string
  readonly levels: { readonly least: number; readonly most: number; readonly default: number }
}

const table: Readonly<Record<CompressorName, Row>> = {
  none: { encoder: 'none', suffix: '', mediaType: mediaTypes.layer, levels: { least: 0, most: 0, default: 0 } },
  gz: {
    encoder: 'deflate-1',
    suffix: '.gz',
    mediaType: mediaTypes.layerGzip,
    levels: { least: 1, most: 9, default: 6 },
  },
  zstd: {
    encoder: 'zstd-1.5.7-1',
    suffix: '.zst',
    mediaType: mediaTypes.layerZstd,
    levels: { least: 1, most: 19, default: 3 },
  },
}

/** Every compressor at its default level. */
export const compressors: Readonly<Record<CompressorName, Compressor>> = {
  none: { name: 'none', level: table.none.levels.default },
  gz: { name: 'gz', level: table.gz.levels.default },
  zstd: { name: 'zstd', level: table.zstd.levels.default },
}

/** What `readCompressor` accepts, for messages. */
export const compressorForms =
  '"none", "gz", "zstd" or { name, level } with a level of gz from 1 to 9, of zstd from 1 to 19'

/** What `parseCompressor` accepts, for messages. */
export const compressorFlagForms = 'none, gz or zstd, optionally with a level: gz:1 to gz:9, zstd:1 to zstd:19'

/** Reads a compressor as callers give it; undefined when it is not a valid one. */
export function readCompressor(value: unknown): Compressor | undefined {
  if (typeof value === 'string') return withLevel(value, undefined)
  if (typeof value !== 'object' || value === null || !('name' in value)) return undefined
  const level = 'level' in value ? (value.level ?? undefined) : undefined
  if (Object.keys(value).some((key) => key !== 'name' && key !== 'level')) return undefined
  return withLevel(value.name, level)
}

/** Reads a compressor from a command line: `gz`, or `gz:9` with a level. */
export function parseCompressor(text: string): Compressor | undefined {
  const [, name, level] = /^([a-z]+)(?::([0-9]{1,2}))?$/.exec(text) ?? []
  return withLevel(name, level === undefined ? undefined : Number(level))
}

function withLevel(name: unknown, level: unknown): Compressor | undefined {
  const known = compressorNames.find((each) => each === name)
  if (known === undefined) return undefined
  const { levels } = table[known]
  const chosen = level ?? levels.default
  if (typeof chosen !== 'number' || !Number.isInteger(chosen)) return undefined
  return chosen >= levels.least && chosen <= levels.most ? { name: known, level: chosen } : undefined
}

/** The encoder and its level, such as "deflate-1/6": equal names make equal bytes. */
export function encoderName({ name, level }: Compressor): string {
  return name === 'none' ? 'none' : `${table[name].encoder}/${level}`
}

/** Ending of the name of a file that it compresses: "", ".gz" or ".zst". */
export function suffixOf({ name }: Compressor): string {
  return table[name].suffix
}

/** Media type of a layer that it compresses. */
export function layerMediaType({ name }: Compressor): string {
  return table[name].mediaType
}
