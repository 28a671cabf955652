/** `slipway run`: loads an image and runs a container of it here. */
import { buildCommand, type Command } from '@stricli/core'
import type { RunOptions } from '../actions/run.ts'
import { replaceable } from './container-watch.ts'
import type { Context } from './context.ts'
import { askedEngine, engineFlags } from './engine.ts'
import { switchFlag, textFlag, textsFlag } from './flags.ts'
import { imageFlags, imageParameter } from './images.ts'
import { type LoadFlags, loadFlags, loadOptions } from './load.ts'
import { registryFlags } from './registry.ts'
import { errorStream } from './session.ts'
import { perhapsWatched, watchFlag } from './watch.ts'

interface Flags
  extends LoadFlags,
    Pick<RunOptions, 'env' | 'name' | 'network' | 'user' | 'interactive' | 'tty' | 'rm'> {
  readonly publish?: readonly string[]
  readonly volume?: readonly string[]
}

async function run(this: Context, flags: Flags, image: string, ...args: string[]): Promise<void> {
  if (flags.watch === true) return runWatched(this, flags, { image, args })
  const { began, ahead } = await askedEngine(flags)
  await perhapsWatched(this, { words: [image], watch: false, began }, async ({ targets, beside }) => {
    const { runAhead } = await import('../actions/run.ts')
    const { exitCode } = await runAhead(ahead(), targets[0] ?? image, {
      ...loadOptions(this, flags, { beside }),
      ...containerOptions(flags, args),
      started: this.handOver,
    })
    this.exitWith(exitCode)
  })
}

async function runWatched(
  context: Context,
  flags: Flags,
  { image, args }: { readonly image: string; readonly args: readonly string[] },
): Promise<void> {
  const { prepareRun } = await import('../actions/run.ts')
  const { began, ahead } = await askedEngine(flags)
  const ended = (code: number): void => void errorStream().write(`the container ended with ${code}\n`)
  const container = replaceable(ended)
  try {
    await perhapsWatched(context, { words: [image], watch: true, began }, async ({ targets, beside }, round) => {
      const options = { ...loadOptions(round, flags, { beside }), ...containerOptions(flags, args) }
      await container.replace(await prepareRun(ahead(), targets[0] ?? image, options))
    })
  } finally {
    await container.stop()
  }
}

function containerOptions(flags: Flags, args: readonly string[]): RunOptions {
  const { publish: ports, volume: volumes, env, name, network, user, interactive, tty, rm } = flags
  return {
    args,
    ...(ports === undefined ? {} : { ports }),
    ...(volumes === undefined ? {} : { volumes }),
    ...(env === undefined ? {} : { env }),
    ...(name === undefined ? {} : { name }),
    ...(network === undefined ? {} : { network }),
    ...(user === undefined ? {} : { user }),
    ...(interactive === undefined ? {} : { interactive }),
    ...(tty === undefined ? {} : { tty }),
    ...(rm === undefined ? {} : { rm }),
  }
}

/** The command. */
export const runRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Run a container of an image',
    fullDescription:
      'Loads the image that FILE exports as NAME, or one in a place, into a container engine, and runs a container of it on this terminal. Signals reach the container, and its exit code is that of the command. Words for the container follow after --.',
  },
  parameters: {
    positional: {
      kind: 'array',
      parameter: { ...imageParameter, placeholder: 'IMAGE|FILE[#NAME] -- ARG' },
      minimum: 1,
    },
    flags: {
      publish: textsFlag('Port to publish, as docker run -p takes it', 'PORT:PORT'),
      volume: textsFlag('Directory or volume to mount, as docker run -v takes it', 'DIR:PATH'),
      env: textsFlag('Environment variable', 'NAME=VALUE'),
      name: textFlag('Name of the container', 'NAME'),
      network: textFlag('Network, such as host or none', 'NETWORK'),
      user: textFlag('User and group in the container', 'USER[:GROUP]'),
      interactive: switchFlag('Keep standard input open'),
      tty: switchFlag('Give the container a terminal'),
      watch: watchFlag,
      rm: { kind: 'boolean', brief: 'Remove the container when it ends; default: yes', optional: true },
      ...loadFlags,
      ...engineFlags,
      ...registryFlags,
      ...imageFlags,
    },
    aliases: { p: 'publish', v: 'volume', e: 'env', u: 'user', i: 'interactive', t: 'tty' },
  },
  func: run,
})
