/** The compressor that a caller of an action or of a command names. */
import { refuse } from '../base/check.ts'
import { type Compressor, compressorForms, parseCompressor, readCompressor } from '../format/compression/compressors.ts'

/** Checks a compressor that an action was given. @throws BuildError argument.invalid */
export function checkCompressor(value: unknown): Compressor {
  return readCompressor(value) ?? refuse('compressor', value, `one of ${compressorForms}`)
}

/** Reads a compressor on a command line, such as "gz" or "gz:9". @throws BuildError argument.invalid */
export function compressorFlag(text: string): Compressor {
  return (
    parseCompressor(text) ??
    refuse('--compressor', text, 'one of none, gz, zstd, with a level behind a colon if need be, such as gz:9')
  )
}
