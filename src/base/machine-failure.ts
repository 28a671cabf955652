/** Limits and failures of the machine that can strike anywhere in the process. */
import { caught, errorCode, fail } from './error.ts'

/** Reports that the process may open no more files. @throws BuildError machine.open-files */
export function tooManyFiles(cause: unknown): never {
  return fail('machine.open-files', 'The system lets this process open no more files.', {
    remedy: 'Raise the limit, as with `ulimit -n 1024`.',
    cause,
  })
}

/** Returns the original failure when cleaning up after it failed too. */
export function firstFailure(thrown: unknown): unknown {
  return thrown instanceof SuppressedError ? firstFailure(thrown.suppressed) : thrown
}

/** Maps a machine error to one with a code; returns any other unchanged. */
export function machineFailure(given: unknown): unknown {
  const thrown = firstFailure(given)
  const code = errorCode(thrown)
  if (code === 'EMFILE' || code === 'ENFILE') return caught(() => tooManyFiles(thrown))
  if (code !== 'ENOENT' || !(thrown instanceof Error) || !('syscall' in thrown) || thrown.syscall !== 'uv_cwd')
    return thrown
  return caught(() =>
    fail('machine.working-directory', 'The working directory was deleted.', {
      remedy: 'Change to a directory that exists.',
      cause: thrown,
    }),
  )
}
