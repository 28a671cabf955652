/** Store paths of compressed archives. */
import { type Compressor, encoderName } from '../format/compression/compressors.ts'
import type { Recipe } from '../source/package.ts'
import { recipePath, type StorePath } from '../store/store-path.ts'

interface Packed {
  readonly compressor: Compressor
  readonly arguments: Readonly<Record<string, unknown>>
  readonly closure?: readonly StorePath[]
}

/** Returns the path of an archive, which depends on its encoder, and the path of its content, which does not. */
export function packedPaths(
  name: string,
  maker: string,
  { compressor, ...made }: Packed,
): Required<Pick<Recipe, 'path' | 'content'>> {
  const path = recipePath(name, { maker: `${maker}/${encoderName(compressor)}`, name, ...made })
  return { path, content: recipePath('content', { maker, name: 'content', ...made }) }
}
