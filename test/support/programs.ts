/**
 * Programs of Debian in images that Docker runs: one store and one daemon for the tests of a file. Packages come from the mirror that the
 * machine's apt knows.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { build, type LayeredImage, type LayeredImageArguments, type PackageSet } from '../../src/index.ts'
import { type Docker, sharedDocker } from './dockerd.ts'
import { temporaryFolder } from './temporary.ts'

/** What tests of programs have. */
export interface Programs {
  /** The home of package sets. */
  readonly folder: string
  readonly store: string
  readonly docker: Docker
  /** Builds an image and gives it to Docker, as `<name>:latest`. */
  load(image: LayeredImage): Promise<void>
  /** Runs words in a new container without a network and gives what they print. */
  inside(image: string, words: readonly string[], options?: readonly string[]): Promise<string>
}

/** Call it once, outside of tests. */
export function programs(): Programs {
  const folder = temporaryFolder()
  const store = join(folder, 'store')
  const docker = sharedDocker()
  return {
    folder,
    store,
    docker,
    load: async (image) => {
      // Streamed, since writing and reading a large archive takes longer than unpacking it.
      const { physical } = await build(image.stream, { store })
      const script = spawn(physical, { stdio: ['ignore', 'pipe', 'inherit'] })
      const ended = once(script, 'close')
      await docker(['load'], { input: script.stdout })
      const [status] = await ended
      if (status !== 0) throw new Error(`${physical} ended with ${status}`)
    },
    inside: (image, words, options = ['--network', 'none']) => docker(['run', '--rm', ...options, image, ...words]),
  }
}

/** An image of some packages. Few layers, since Docker takes its time for each. */
export function programImage(
  { dockerTools }: PackageSet,
  name: string,
  more: Omit<LayeredImageArguments, 'name'>,
): LayeredImage {
  return dockerTools.buildLayeredImage({ tag: 'latest', maxLayers: 6, compressor: 'none', ...more, name })
}
