/** How an application runs: what the config of its image has where its description says nothing. */
import { posix } from 'node:path'
import type { StoreReader } from '../../store/store.ts'
import type { OwnCode, Resolution, Run } from '../resolution.ts'
import { nodeAccount } from './account.ts'

/** The config that an image has where its description says nothing. */
export function runConfig(
  { command }: Run,
  { resolution, code }: { readonly resolution: Resolution; readonly code: readonly OwnCode[] },
  store: StoreReader,
): Readonly<Record<string, unknown>> {
  const { set, project } = resolution
  return {
    Entrypoint: [
      ...(set.init ? ['/usr/bin/tini', '--'] : []),
      'node',
      ...(shipsSourceMaps(code, store) ? ['--enable-source-maps'] : []),
    ],
    ...(command === undefined ? {} : { Cmd: command }),
    Env: ['NODE_ENV=production'],
    User: `${nodeAccount.uid}:${nodeAccount.gid}`,
    WorkingDir: posix.join('/', set.place, project),
  }
}

/** Tells whether maps of compiled JavaScript are among an application's files, for Node to use in stack traces. */
function shipsSourceMaps(code: readonly OwnCode[], store: StoreReader): boolean {
  return code.some(({ recipe }) =>
    [...store.tree(recipe.path).entries()].some((entry) => /\.[cm]?js\.map$/.test(entry.path)),
  )
}
