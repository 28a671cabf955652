/** Flags of the commands that work with a container engine. */
import type { EngineAhead } from '../actions/engine-ahead.ts'
import type { LoadOptions } from '../actions/load.ts'
import { splitWords } from '../base/split-words.ts'
import { type TextFlag, textFlag } from './flags.ts'

type EngineChoice = Pick<LoadOptions, 'engine' | 'address' | 'namespace' | 'via'>

/** Values of the flags. */
export interface EngineFlags {
  readonly engine?: NonNullable<EngineChoice['engine']>
  readonly address?: string
  readonly namespace?: string
  readonly via?: readonly string[]
}

const engineFlag = {
  kind: 'enum',
  values: ['docker', 'podman', 'containerd'],
  brief: 'Container engine; default: the first of these that answers',
  optional: true,
} as const

const viaFlag = {
  kind: 'parsed',
  parse: (text: string): readonly string[] => splitWords(text),
  brief: 'Command that runs the engine\'s own elsewhere, such as "docker exec -i NODE"',
  placeholder: 'COMMAND',
  optional: true,
} as const

/** The flags. */
export const engineFlags: Readonly<
  Record<'engine', typeof engineFlag> & Record<'address' | 'namespace', TextFlag> & Record<'via', typeof viaFlag>
> = {
  engine: engineFlag,
  address: textFlag("Address of the engine; default: from the engine's own settings", 'ADDRESS'),
  namespace: textFlag('Namespace of containerd, such as k8s.io for k3s', 'NAME'),
  via: viaFlag,
}

/** Returns the options that the flags give. */
export function engineChoice({ engine, address, namespace, via }: EngineFlags): EngineChoice {
  return {
    ...(engine === undefined ? {} : { engine }),
    ...(address === undefined ? {} : { address }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(via === undefined ? {} : { via }),
  }
}

/** The engine that the flags choose: asked while the images are loaded. */
export interface AskedEngine {
  /** Begins to ask. */
  readonly began: (signal: AbortSignal) => void
  /** Returns the engine that is being asked. */
  readonly ahead: () => EngineAhead
}

/** Prepares to ask the engine, once or in each round. */
export async function askedEngine(flags: EngineFlags): Promise<AskedEngine> {
  const { askedAgain } = await import('../actions/engine-ahead.ts')
  const ask = askedAgain(engineChoice(flags))
  let ahead: EngineAhead | undefined
  return {
    began: (signal) => {
      ahead = ask(signal)
    },
    ahead: () => {
      if (ahead === undefined) throw new Error('unreachable: the engine is asked first')
      return ahead
    },
  }
}
