/** `slipway push`: pushes an image to a registry, sending only what the registry lacks. */
import { buildCommand, type Command } from '@stricli/core'
import type { PushOptions } from '../actions/push.ts'
import { printableJson } from '../base/printable.ts'
import { actionOptions, type BuildingFlags, buildingFlags, type Context, jsonFlag } from './context.ts'
import { compressorFlag, textFlag } from './flags.ts'
import { imageParameter, imageTarget } from './images.ts'
import { type RegistryFlags, registryFlags, registrySettings } from './registry.ts'

interface Flags extends BuildingFlags, RegistryFlags {
  readonly compressor?: NonNullable<PushOptions['compressor']>
  readonly annotation?: readonly (readonly [string, string])[]
  readonly indexAnnotation?: readonly (readonly [string, string])[]
  readonly digestFile?: string
  readonly json?: boolean
}

async function run(this: Context, flags: Flags, word: string, ...names: string[]): Promise<void> {
  const { target, beside } = await imageTarget(word)
  const { push } = await import('../actions/push.ts')
  const { compressor, annotation = [], indexAnnotation = [], digestFile, json } = flags
  const pushed = await push(target, {
    ...actionOptions(this, flags),
    ...registrySettings(flags),
    beside,
    names,
    ...(compressor === undefined ? {} : { compressor }),
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
      if (key === '' || value.length === 0) throw new Error(`expected KEY=VALUE, got ${printableJson(text)}`)
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
      'Builds the image that FILE exports as NAME, and pushes it under each TAG (default: its own name), sending only what the registry lacks; prints name@digest. An IMAGE in a place is pushed unchanged.',
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
      compressor: compressorFlag('gz'),
      annotation: annotationFlag('Annotation of the manifest; may be repeated'),
      indexAnnotation: annotationFlag('Annotation of the index; may be repeated'),
      digestFile: textFlag('File to write the digest to', 'FILE'),
      json: jsonFlag,
      ...registryFlags,
      ...buildingFlags,
    },
  },
  func: run,
})
