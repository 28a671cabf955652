/** Refuses files that hold secrets: an image that has them once gives them to everyone who may pull it. */
import { basename } from 'node:path'
import { gather } from '../base/bytes.ts'
import { fail } from '../base/error.ts'
import type { FileEntry } from './entry.ts'
import { baseName, root, showBytes } from './path.ts'
import { placeOf, showPlace } from './place.ts'
import { type Tree, treeFrom } from './tree.ts'

/** The names that ssh-keygen(1) gives to private keys. */
const keyNames: ReadonlySet<string> = new Set(['id_rsa', 'id_dsa', 'id_ecdsa', 'id_ed25519'])

/** A key or an .npmrc is smaller; what is larger is not looked into. */
const mostBytes = 65_536

/** A tree of the disk at `top`, in which a secret is an error when it is iterated. @throws BuildError secret.found */
export function withoutSecrets(top: string, tree: Tree): Tree {
  return treeFrom({
    *below(from) {
      for (const entry of tree.below(from)) {
        const secret = entry.kind === 'file' ? secretIn(entry, nameOf(top, entry)) : undefined
        if (secret !== undefined) refuseSecret(showPlace(placeOf(top, entry.path)), secret)
        yield entry
      }
    },
    get: tree.get,
  })
}

/** Refuses a file. @param what - what it holds @throws BuildError secret.found, always */
export function refuseSecret(place: string, what: string): never {
  return fail('secret.found', `${place} ${what}.`, {
    remedy:
      'Leave it out with an ignore pattern, and mount it or set it when the container runs; if it belongs in the image, give secrets: "allow".',
    detail: { file: place },
  })
}

function nameOf(top: string, { path }: FileEntry): string {
  return path === root ? basename(top) : showBytes(baseName(path))
}

/** Describes the secret of a file; undefined where none is known. Only what others on this machine may not read is taken for a private key. */
function secretIn({ metadata, content }: FileEntry, name: string): string | undefined {
  if (keyNames.has(name)) return 'has the name of a private SSH key'
  const isClosed = (metadata.mode & 0o004) === 0
  if (content.size > mostBytes || !(isClosed || name === '.npmrc')) return undefined
  const text = Buffer.from(gather(content.open())).toString('latin1')
  if (isClosed && /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/.test(text)) return 'is a private key'
  // ${NAME} stands for an environment variable (npmrc, "ini").
  const hasToken = name === '.npmrc' && /^[^#;\n]*_(?:authToken|auth|password)\s*=\s*["']?(?!["'$\s])\S/m.test(text)
  return hasToken ? 'holds a token of a registry' : undefined
}
