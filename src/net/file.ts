/** `file:` addresses: a vendored directory read as if it were a server. A missing file corresponds to a 404. */
import { closeSync, openSync, readSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { errorCode, fail, messageOf } from '../base/error.ts'
import { shownUrl } from './redact.ts'

const pieceBytes = 1024 * 1024

/** Yields the bytes of a file from an offset on. @throws BuildError network.status (404), network.unreachable */
export function* readFileUrl(url: URL, offset: number): Generator<Uint8Array> {
  const descriptor = openUrl(url)
  try {
    for (let at = offset; ; ) {
      const piece = Buffer.allocUnsafe(pieceBytes)
      const count = readSync(descriptor, piece, 0, pieceBytes, at)
      if (count === 0) return
      at += count
      yield piece.subarray(0, count)
    }
  } finally {
    closeSync(descriptor)
  }
}

function openUrl(url: URL): number {
  try {
    return openSync(fileURLToPath(url), 'r')
  } catch (cause) {
    const code = errorCode(cause)
    const missing = code === 'ENOENT' || code === 'ENOTDIR'
    return fail(
      missing ? 'network.status' : 'network.unreachable',
      `${shownUrl(url)} cannot be read: ${messageOf(cause)}.`,
      {
        remedy: missing ? 'Check the address: the file does not exist there.' : 'Check the permissions of the file.',
        cause,
        detail: { url: shownUrl(url), ...(missing ? { status: 404 } : {}) },
      },
    )
  }
}
