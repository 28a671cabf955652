/** `slipway load`: images go into docker, podman or containerd. */
import { buildCommand, type Command } from '@stricli/core'
import type { LoadOptions, LoadResult } from '../actions/load.ts'
import { printableJson } from '../base/printable.ts'
import { formatSize } from '../report/text.ts'
import type { Context } from './context.ts'
import { askedEngine, type EngineFlags, engineChoice, engineFlags } from './engine.ts'
import { type TextFlag, type TextsFlag, textFlag, textsFlag } from './flags.ts'
import { type ImageFlags, imageFlags, imageOptions, imageParameter, type imageTargets } from './images.ts'
import { type RegistryFlags, registryFlags, registrySettings } from './registry.ts'
import { errorStream } from './session.ts'
import { perhapsWatched, watchFlag } from './watch.ts'

/** Values of the flags of commands that load images. */
export interface LoadFlags extends ImageFlags, EngineFlags, RegistryFlags {
  readonly tag?: readonly string[]
  readonly watch?: boolean
  readonly platform?: string
}

/** The flags of commands that load images. */
export const loadFlags: Readonly<Record<'tag', TextsFlag> & Record<'platform', TextFlag>> = {
  tag: textsFlag("Name of the image in the engine; default: the image's own", 'NAME:TAG'),
  platform: textFlag("Platform to take from an index, such as linux/arm64; default: the engine's", 'OS/ARCH'),
}

/** Returns the options that the flags give. */
export function loadOptions(
  context: Context,
  flags: LoadFlags,
  { beside }: Pick<Awaited<ReturnType<typeof imageTargets>>, 'beside'>,
): LoadOptions & { readonly signal: AbortSignal } {
  const { tag, platform } = flags
  return {
    ...imageOptions(context, flags, { beside }),
    ...registrySettings(flags),
    ...engineChoice(flags),
    ...(tag === undefined ? {} : { names: tag }),
    ...(platform === undefined ? {} : { platform }),
  }
}

async function run(this: Context, flags: LoadFlags, ...images: string[]): Promise<void> {
  const { began, ahead } = await askedEngine(flags)
  await perhapsWatched(this, { words: images, watch: flags.watch, began }, async ({ targets, beside }, context) => {
    const { loadInto } = await import('../actions/load.ts')
    const { result: loaded } = await loadInto(ahead(), targets, loadOptions(context, flags, { beside }))
    if (!flags.quiet) void errorStream().write(`${loadedLine(loaded)}\n`)
    if (flags.json) return this.print(printableJson(loaded))
    for (const name of loaded.images.flatMap(({ names }) => names)) this.print(name)
  })
}

/** Formats which engine has the images, and what it lacked. */
function loadedLine({ title, sent, isComplete }: LoadResult): string {
  if (sent === 0) return `${title} has everything`
  return `loaded into ${title}: ${formatSize(sent)} sent${isComplete ? '' : ', the other layers were there'}`
}

/** The command. */
export const loadRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Load images into docker, podman or containerd',
    fullDescription:
      'Builds the images that FILE exports as NAME, or takes those in a place, and loads them into a container engine, sending only the layers that it lacks; prints their names.',
  },
  parameters: {
    positional: { kind: 'array', parameter: imageParameter, minimum: 1 },
    flags: {
      ...loadFlags,
      watch: watchFlag,
      ...engineFlags,
      ...registryFlags,
      ...imageFlags,
    },
    aliases: { t: 'tag' },
  },
  func: run,
})
