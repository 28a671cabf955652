/** Compressors as arguments of actions and as words of the command. */
import { refuse } from '../base/check.ts'
import {
  type Compressor,
  compressorFlagForms,
  compressorForms,
  parseCompressor,
  readCompressor,
} from '../format/compression/compressors.ts'

/** Checks the option `compressor` of an action. @throws BuildError argument.invalid */
export function checkCompressor(value: unknown, place: string = 'compressor'): Compressor {
  return readCompressor(value) ?? refuse(place, value, `one of ${compressorForms}`)
}

/** Parses the value of `--compressor`, such as "gz" or "gz:9". @throws BuildError argument.invalid */
export function parseCompressorFlag(text: string): Compressor {
  return parseCompressor(text) ?? refuse('--compressor', text, compressorFlagForms)
}
