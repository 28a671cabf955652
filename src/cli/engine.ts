/** Flags of the commands that work with a container engine. */
import type { LoadOptions } from '../actions/load.ts'
import { splitWords } from '../base/split-words.ts'

type EngineChoice = Pick<LoadOptions, 'engine' | 'address' | 'namespace' | 'via'>

/** The flags as they are parsed. */
export interface EngineFlags {
  readonly engine?: NonNullable<EngineChoice['engine']>
  readonly address?: string
  readonly namespace?: string
  readonly via?: readonly string[]
}

/** Their documentation, for stricli. */
export const engineFlags = {
  engine: {
    kind: 'enum',
    values: ['docker', 'podman', 'containerd'],
    brief: 'Container engine; default: the first of these that answers',
    optional: true,
  },
  address: {
    kind: 'parsed',
    parse: (text: string): string => text,
    brief: "Address of the engine; default: from the engine's own settings",
    placeholder: 'ADDRESS',
    optional: true,
  },
  namespace: {
    kind: 'parsed',
    parse: (text: string): string => text,
    brief: 'Namespace of containerd, such as k8s.io for k3s',
    placeholder: 'NAME',
    optional: true,
  },
  via: {
    kind: 'parsed',
    parse: (text: string): readonly string[] => splitWords(text),
    brief: 'Command that runs the engine\'s own elsewhere, such as "docker exec -i NODE"',
    placeholder: 'COMMAND',
    optional: true,
  },
} as const

/** What the actions take, from the flags. */
export function engineChoice({ engine, address, namespace, via }: EngineFlags): EngineChoice {
  return {
    ...(engine === undefined ? {} : { engine }),
    ...(address === undefined ? {} : { address }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(via === undefined ? {} : { via }),
  }
}
