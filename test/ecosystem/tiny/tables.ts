/** The tables with tiny packages: everything outside an ecosystem's own directory. */
import { makers, setKinds } from '../../../src/actions/makers.ts'
import type { SetKinds } from '../../../src/lock/set-kind.ts'
import type { Makers } from '../../../src/source/package.ts'

export const withTiny: { readonly makers: Makers; readonly setKinds: SetKinds } = {
  makers: new Map([
    ...makers,
    ['tiny-package-1', { resolves: true, load: async () => (await import('./maker.ts')).tinyMaker }],
  ]),
  setKinds: new Map([...setKinds, ['tiny', { load: async () => (await import('./set-kind.ts')).tinySetKind }]]),
}
