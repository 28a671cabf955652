/** `slipway push`: an image goes to a registry; only what the registry lacks is sent. */
import { buildCommand, type Command } from '@stricli/core'
import { compressorFlag } from '../actions/compressor.ts'
import type { PushOptions } from '../actions/push.ts'
import { printableJson } from '../base/printable.ts'
import {
  actionOptions,
  type CommonFlags,
  type Context,
  commonFlags,
  frozenFlag,
  jsonFlag,
  strictFlag,
} from './context.ts'
import { imageParameter, imageTargets } from './images.ts'
import { type RegistryFlags, registryFlags, registrySettings } from './registry.ts'

interface Flags extends CommonFlags, RegistryFlags {
  readonly compressor: NonNullable<PushOptions['compressor']>
  readonly annotation?: readonly (readonly [string, string])[]
  readonly indexAnnotation?: readonly (readonly [string, string])[]
  readonly digestFile?: string
  readonly frozen?: boolean
  readonly strict?: boolean
  readonly json?: boolean
}

async function run(this: Context, flags: Flags, image: string, ...names: string[]): Promise<void> {
  const {
    targets: [target = image],
    beside,
  } = await imageTargets([image])
  const { push } = await import('../actions/push.ts')
  const { compressor, annotation = [], indexAnnotation = [], digestFile, json } = flags
  const pushed = await push(target, {
    ...actionOptions(this, flags),
    ...registrySettings(flags),
    beside,
    names,
    compressor,
    annotations: Object.fromEntries(annotation),
    indexAnnotations: Object.fromEntries(indexAnnotation),
  })
  if (digestFile !== undefined) {
    const { writeProjectFile } = await import('../actions/project.ts')
    await writeProjectFile(digestFile, Buffer.from(pushed.digest, 'utf8'))
  }
  if (digestFile !== '-') this.print(json ? printableJson(pushed) : pushed.reference)
}

const annotationFlag = (brief: string) =>
  ({
    kind: 'parsed',
    parse: (text: string): readonly [string, string] => {
      const [key = '', ...value] = text.split('=')
      if (key === '' || value.length === 0) throw new Error(`${printableJson(text)} is not KEY=VALUE`)
      return [key, value.join('=')]
    },
    brief,
    placeholder: 'KEY=VALUE',
    variadic: true,
    optional: true,
  }) as const

/** The command. */
export const pushRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Push an image to a registry',
    fullDescription:
      'Builds the image that FILE exports as NAME if need be, and pushes it under each TAG (default: its own name), sending only what the registry lacks; prints name@digest. An IMAGE in a place is pushed as it is.',
  },
  parameters: {
    positional: {
      kind: 'array',
      parameter: {
        ...imageParameter,
        placeholder: 'IMAGE|FILE[#NAME] TAG',
        brief: `${imageParameter.brief}; then the names to push under`,
      },
      minimum: 1,
    },
    flags: {
      compressor: {
        kind: 'parsed',
        parse: compressorFlag,
        brief: 'Compressor of layers: none, gz or zstd, with a level such as gz:9',
        placeholder: 'COMPRESSOR',
        default: 'gz',
      },
      annotation: annotationFlag('An annotation of the manifest'),
      indexAnnotation: annotationFlag('An annotation of the index'),
      digestFile: {
        kind: 'parsed',
        parse: String,
        brief: 'Write the digest into this file',
        placeholder: 'FILE',
        optional: true,
      },
      frozen: frozenFlag,
      strict: strictFlag,
      json: jsonFlag,
      ...registryFlags,
      ...commonFlags,
    },
  },
  func: run,
})
