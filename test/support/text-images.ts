/** Images of texts, for tests of what is done with images. */
import { bindDockerTools, type DockerTools } from '../../src/docker-tools/docker-tools.ts'
import type { LayeredImage } from '../../src/index.ts'
import { pathPackage } from '../../src/source/path.ts'
import { writeText, writeTextDir } from '../../src/source/text.ts'

/** Builders of a set that has no programs. */
export function textTools(architecture: string = 'amd64'): DockerTools {
  return bindDockerTools({
    architecture,
    lock: { lock: undefined, directory: '/' },
    path: (file, options) => pathPackage(file, options),
    shell: () => '/bin/sh',
    env: () => '/usr/bin/env',
    certificates: () => writeText('none', ''),
    tools: () => writeText('none', ''),
    debugPackages: () => [],
    sandbox: undefined,
    site: () => undefined,
  })
}

/** An image with a large layer, and a small one that holds its version in `/etc/version`. */
export function versionedImage(version: string, name: string = 'app', tag: string = '1'): LayeredImage {
  return textTools().buildLayeredImage({
    name,
    tag,
    contents: [writeTextDir('usr/large', largeText), writeTextDir('etc/version', version)],
    config: { Cmd: ['/none'] },
    allowMissingCommand: true,
  })
}

/** Bytes of the large layer. */
export const largeSize = 300_000

const largeText = 'large '.repeat(largeSize / 6)
