/** Flags as stricli takes them, by kind. */
import { parseCompressorFlag } from '../actions/compressor.ts'

/** Flag with a value that stays a string. */
export interface TextFlag {
  readonly kind: 'parsed'
  readonly parse: (text: string) => string
  readonly brief: string
  readonly placeholder: string
  readonly optional: true
}

/** Flag with a value that may be repeated. */
export interface TextsFlag extends TextFlag {
  readonly variadic: true
}

/** Flag without a value. */
export interface SwitchFlag {
  readonly kind: 'boolean'
  readonly brief: string
  readonly optional: true
  readonly withNegated: false
}

/** Flag with the compressor of an output. */
export interface CompressorFlag extends Omit<TextFlag, 'parse'> {
  readonly parse: typeof parseCompressorFlag
}

/** Makes an optional flag with a value. */
export function textFlag(brief: string, placeholder: string): TextFlag {
  return { kind: 'parsed', parse: (text) => text, brief, placeholder, optional: true }
}

/** Makes an optional flag with a value that may be repeated. */
export function textsFlag(brief: string, placeholder: string): TextsFlag {
  return { ...textFlag(`${brief}; may be repeated`, placeholder), variadic: true }
}

/** Makes an optional flag without a value. */
export function switchFlag(brief: string): SwitchFlag {
  return { kind: 'boolean', brief, optional: true, withNegated: false }
}

/** Makes `--compressor`. @param otherwise - description of the default. */
export function compressorFlag(otherwise: string): CompressorFlag {
  return {
    kind: 'parsed',
    parse: parseCompressorFlag,
    brief: `Compression: none, gz or zstd, with a level such as gz:9; default: ${otherwise}`,
    placeholder: 'COMPRESSOR',
    optional: true,
  }
}
