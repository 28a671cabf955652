/** The DEFLATE encoder (encoder/, compiled to WebAssembly): loaded once, run in this thread or handed to others. */
import { readFileSync } from 'node:fs'
import { fail } from '../../base/error.ts'

/** An encoder in memory of its own. */
export interface Encoder {
  /** Compresses up to 4 MiB at a level of 1 to 9 to deflate blocks, none of them the last, that end at a byte. */
  deflate(piece: Uint8Array, level: number): Uint8Array<ArrayBuffer>
}

/** Compiles the module: the variant with SIMD where the processor can run it; both make the same bytes. @throws BuildError compression.unavailable */
export function compileEncoder(): WebAssembly.Module {
  const [wide, plain] = [read('deflate-simd.wasm'), read('deflate.wasm')]
  try {
    return new WebAssembly.Module(wide)
  } catch {
    return new WebAssembly.Module(plain)
  }
}

/** Makes an encoder of the module. */
export function openEncoder(module: WebAssembly.Module): Encoder {
  const { exports } = new WebAssembly.Instance(module)
  const { memory, deflate, inputAt, outputAt } = exports
  if (!(memory instanceof WebAssembly.Memory) || typeof deflate !== 'function') throw notTheModule()
  const bytes = new Uint8Array(memory.buffer)
  const [input, output] = [addressOf(inputAt), addressOf(outputAt)]
  return {
    deflate(piece, level) {
      bytes.set(piece, input)
      const size = Number(deflate(piece.length, level))
      return bytes.slice(output, output + size)
    },
  }
}

function addressOf(exported: unknown): number {
  if (exported instanceof WebAssembly.Global) return Number(exported.value)
  throw notTheModule()
}

function notTheModule(): Error {
  return new Error('unreachable: the module is not the encoder')
}

/** Beside this file, in the sources as in what is published. */
function read(name: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(readFileSync(new URL(`./${name}`, import.meta.url)))
  } catch (cause) {
    return fail('compression.unavailable', `The gzip encoder, ${name}, cannot be read.`, {
      remedy: 'Install slipway again; in its repository, run "npm run build".',
      cause,
    })
  }
}
