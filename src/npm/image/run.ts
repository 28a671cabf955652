/** Default config of an application's image. */
import { posix } from 'node:path'
import type { StoreReader } from '../../store/store.ts'
import type { OwnCode, Resolution, Run } from '../resolution.ts'
import { nodeAccount } from './account.ts'

/** Returns the config of an image for fields that its description does not set. */
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

/** Tells whether an application's files include source maps, which Node uses in stack traces. */
function shipsSourceMaps(code: readonly OwnCode[], store: StoreReader): boolean {
  return code.some(({ recipe }) =>
    [...store.tree(recipe.path).entries()].some((entry) => /\.[cm]?js\.map$/.test(entry.path)),
  )
}
