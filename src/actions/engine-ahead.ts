/** A container engine that is found, and asked what it has, while images are described and built. */
import type { Engine, Load } from '../engine/engine.ts'
import type { EngineChoice } from '../engine/find.ts'

/** An engine that is being asked. Failures are those of the promises, whether or not they are awaited. */
export interface EngineAhead {
  /** Rejects with engine.absent. */
  readonly engine: Promise<Engine>
  /** Loads images without what the engine had when it was asked. */
  readonly load: Promise<Load>
}

/** Begins to find an engine and to ask what it has. */
export function askAhead(choice: EngineChoice, signal: AbortSignal): EngineAhead {
  return askedAgain(choice)(signal)
}

/** Does the same each time that the result is called: the engine is found once, and asked each time. */
export function askedAgain(choice: EngineChoice): (signal: AbortSignal) => EngineAhead {
  let known: Engine | undefined
  return (signal) => {
    const engine = known === undefined ? find(choice, signal) : Promise.resolve(known)
    const load = engine.then((found) => {
      known = found
      return found.prepare({ signal })
    })
    for (const promise of [engine, load]) promise.catch(() => {})
    return { engine, load }
  }
}

async function find(choice: EngineChoice, signal: AbortSignal): Promise<Engine> {
  const { findEngine } = await import('../engine/find.ts')
  return findEngine(choice, signal)
}
