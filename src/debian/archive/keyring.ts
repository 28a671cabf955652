/** Trusted keys of a set: those in the given file, or the Debian archive's, which ship with slipway (data/README.md). */
import { fileURLToPath } from 'node:url'
import { fail } from '../../base/error.ts'
import type { Workshop } from '../../source/package.ts'
import type { DebianSet } from '../options.ts'

const shipped: URL = new URL('../../../data/debian-archive-keyring.gpg', import.meta.url)

/** Bytes of the keyring. @throws BuildError argument.invalid if the named file is missing */
export function readKeyring(set: DebianSet, shop: Workshop): Uint8Array {
  const file = set.keyring ?? fileURLToPath(shipped)
  const bytes = shop.project.read(file)
  if (bytes !== undefined) return bytes
  return fail('argument.invalid', `debian: keyring: ${file} does not exist.`, {
    remedy: 'Pass a file of OpenPGP public keys, binary or armoured.',
    detail: { file },
  })
}
