/** Builds an image, loads it into the test's own Docker, and runs containers of it. */
import { createReadStream } from 'node:fs'
import { type BuildResult, build, type Package } from '../../src/index.ts'
import type { Docker } from './dockerd.ts'
import { checkImage } from './image-check.ts'

/** Containers without a network, of images that are built in one store. */
export interface Containers {
  load(image: Package): Promise<BuildResult>
  /** Output of a container. */
  run(image: string, command: readonly string[], options?: readonly string[]): Promise<string>
  /** Builds, loads, and runs a container. */
  loadAndRun(image: Package, command?: readonly string[], options?: readonly string[]): Promise<string>
}

/** Binds them to a daemon and a store. */
export function containersOf(docker: Docker, store: string): Containers {
  const load = async (image: Package): Promise<BuildResult> => {
    const made = await build(image, { store })
    await checkImage(made.physical)
    await docker(['load'], { input: createReadStream(made.physical) })
    return made
  }
  const run: Containers['run'] = (image, command, options = []) =>
    docker(['run', '--rm', '--network', 'none', ...options, image, ...command])
  return {
    load,
    run,
    loadAndRun: async (image, command = [], options = []) => {
      const { imageName, imageTag } = await load(image)
      return run(`${imageName}:${imageTag}`, command, options)
    },
  }
}
