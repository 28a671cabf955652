/** The keys that a set trusts: a file that it names, else the Debian archive's, which ship with slipway (data/README.md). */
import { fileURLToPath } from 'node:url'
import { fail } from '../../base/error.ts'
import type { Workshop } from '../../source/package.ts'
import type { DebianSet } from '../options.ts'

const shipped: URL = new URL('../../../data/debian-archive-keyring.gpg', import.meta.url)

/** The bytes of the keyring. @throws BuildError argument.invalid when the named file is missing */
export function readKeyring(set: DebianSet, shop: Workshop): Uint8Array {
  const file = set.keyring ?? fileURLToPath(shipped)
  const bytes = shop.project.read(file)
  if (bytes !== undefined) return bytes
  return fail('argument.invalid', `debian: keyring: there is no file ${file}.`, {
    remedy: 'Give a file of OpenPGP public keys, binary or armoured.',
    detail: { file },
  })
}
