/** `slipway prefetch`, also installed as `nix-prefetch-docker`: prints the pin of an image in a registry. */
import { buildCommand, type Command } from '@stricli/core'
import type { PrefetchOptions, PrefetchResult } from '../actions/prefetch.ts'
import { refuse } from '../base/check.ts'
import { printable, printableJson } from '../base/printable.ts'
import { actionOptions, type CommonFlags, type Context, commonFlags, jsonFlag } from './context.ts'
import { switchFlag, textFlag } from './flags.ts'
import { type RegistryFlags, registryFlags, registrySettings } from './registry.ts'

interface Flags
  extends CommonFlags,
    RegistryFlags,
    Pick<PrefetchOptions, 'imageTag' | 'imageDigest' | 'finalImageName' | 'finalImageTag' | 'os' | 'arch'> {
  readonly imageName?: string
  readonly typescript?: boolean
  readonly json?: boolean
}

async function run(this: Context, flags: Flags, first?: string, second?: string): Promise<void> {
  const { imageName, ...version } = imageNamed(flags, [first, second])
  const { finalImageName, finalImageTag, os, arch } = flags
  const asked = { ...version, finalImageName, finalImageTag, os, arch }
  const { prefetch } = await import('../actions/prefetch.ts')
  const found = await prefetch(imageName, {
    ...actionOptions(this, flags),
    ...registrySettings(flags),
    ...Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)),
  })
  if (flags.quiet !== true) this.process.stderr.write(summaryOf(found))
  if (flags.json) return this.print(printableJson(found))
  const { nixPin, typescriptPin } = await import('../report/pin.ts')
  this.print(flags.typescript ? typescriptPin(found) : nixPin(found))
}

interface Named {
  readonly imageName: string
  readonly imageTag: string | undefined
  readonly imageDigest: string | undefined
}

/** Which image is meant: flags go first, and words fill what they leave out: `[NAME] [TAG|DIGEST]`. */
function imageNamed(flags: Flags, words: readonly (string | undefined)[]): Named {
  const [name, version, more] = flags.imageName === undefined ? words : [flags.imageName, ...words]
  if (name === undefined) return refuse('IMAGE_NAME', undefined, 'the name of an image, such as debian')
  if (more !== undefined) refuse('IMAGE_TAG', more, 'left out where --image-name is given and another word is the tag')
  const isDigest = version?.startsWith('sha256:') === true
  return {
    imageName: name,
    imageTag: flags.imageTag ?? (isDigest ? undefined : version),
    imageDigest: flags.imageDigest ?? (isDigest ? version : undefined),
  }
}

/** What nix-prefetch-docker says on stderr. */
function summaryOf({ imageName, imageDigest, finalImageName, finalImageTag, hash }: PrefetchResult): string {
  const lines = { imageName, imageDigest, finalImageName, finalImageTag, imageHash: hash }
  return Object.entries(lines)
    .map(([key, value]) => `-> ${key.charAt(0).toUpperCase()}${key.slice(1)}: ${printable(value)}\n`)
    .join('')
}

const word = (brief: string, placeholder: string) => ({ brief, parse: String, placeholder, optional: true }) as const

/** The command. */
export const prefetchRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Print the pin of an image in a registry, for pullImage',
    fullDescription:
      'Prints the arguments of pullImage that pin an image: its digest, and the hash of the archive that is made of it. By default as a Nix attribute set, as nix-prefetch-docker does, under which name this command is installed, too.',
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        word('The name of an image, such as debian', 'IMAGE_NAME'),
        word('Its tag or digest; default: latest', 'IMAGE_TAG|IMAGE_DIGEST'),
      ],
    },
    flags: {
      imageName: textFlag('The name of the image', 'NAME'),
      imageTag: textFlag('The tag of the image; default: latest', 'TAG'),
      imageDigest: textFlag('The digest of the image; default: that of the tag', 'DIGEST'),
      finalImageName: textFlag('The name that the image has in its archive; default: its own', 'NAME'),
      finalImageTag: textFlag('The tag that the image has in its archive; default: its own, else latest', 'TAG'),
      os: textFlag('The operating system to take from an index; default: linux', 'OS'),
      arch: textFlag("The architecture to take from an index; default: this machine's", 'ARCH'),
      typescript: switchFlag('Print a call in TypeScript'),
      json: jsonFlag,
      ...registryFlags,
      ...commonFlags,
    },
  },
  func: run,
})
