/** Unpacks tiny archives: everything below files/, and the description beside it. */
import { gather } from '../../../src/base/bytes.ts'
import type { TarMember } from '../../../src/format/tar/member.ts'
import { type Normaliser, type Unpacked, unpackedBy } from '../../../src/store/normaliser.ts'
import type { StoreReader } from '../../../src/store/store.ts'
import type { StorePath } from '../../../src/store/store-path.ts'
import { path } from '../../../src/tree/path.ts'
import { description, type TinySpec } from './archive.ts'

export const tinyNormaliser: Normaliser = {
  name: 'tiny-1',
  open: async (bytes) => {
    const control = new Map<string, Uint8Array>()
    return {
      data: (async function* () {
        yield* bytes
      })(),
      *members(shipped, content) {
        for (const member of shipped) {
          if (member.path === description) control.set(description, gather(content(member).open()))
          else if (member.path.startsWith('files/')) yield moved(member)
        }
      },
      entries: () => [],
      control: () => control,
      [Symbol.asyncDispose]: async () => {},
    }
  },
}

export const asTiny: Unpacked = unpackedBy(tinyNormaliser)

/** Description of an unpacked package. */
export function describedBy(object: StorePath, store: StoreReader): Omit<TinySpec, 'files'> {
  const spec: TinySpec = JSON.parse(Buffer.from(store.control(object, asTiny).get(description) ?? []).toString('utf8'))
  return spec
}

function moved(member: TarMember): TarMember {
  return { ...member, path: path(member.path.slice('files/'.length)) }
}
