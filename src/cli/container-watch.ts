/** `slipway run --watch`: a container that is replaced when its image changes. */
import type { PreparedRun, RunningContainer } from '../actions/run.ts'

/** The container that runs now. */
export interface Replaceable {
  /** Replaces the container, unless the image is the one that runs. */
  replace(prepared: PreparedRun): Promise<void>
  stop(): Promise<void>
}

/** Keeps one container. @param ended - called with the exit code of one that ends by itself */
export function replaceable(ended: (exitCode: number) => void): Replaceable {
  let current: { readonly id: string; readonly container: RunningContainer; isOver: boolean } | undefined
  const stop = async (): Promise<void> => {
    const last = current
    current = undefined
    await last?.container.stop()
  }
  return {
    replace: async ({ id, start }) => {
      if (current?.id === id && !current.isOver) return
      await stop()
      const running = { id, container: await start(), isOver: false }
      current = running
      void running.container.ended.then((exitCode) => {
        running.isOver = true
        if (current === running) ended(exitCode)
      })
    },
    stop,
  }
}
