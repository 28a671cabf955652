/**
 * Does the least that any build in Node must do for the image of `node.ts`. JavaScript, because removing types takes time. Usage:
 * node bench/node-floor.js ARCHIVE COPY [URL …]
 *
 * Downloads the URLs, eight at a time, computes the SHA-512 of each, writes it, and decompresses it; then reads an archive that was built before,
 * writes it again, and computes its SHA-256. Nothing is parsed, decided or laid out.
 */
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { gunzipSync } from 'node:zlib'

const [archive = '', copy = '', ...urls] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: 8 })

await Promise.all(urls.map(fetched))
agent.destroy()
copied()

/** @param {string} url @param {number} index */
async function fetched(url, index) {
  const chunks = await new Promise((resolve, reject) => {
    get(url, { agent }, async (response) => resolve(await response.toArray())).on('error', reject)
  })
  const bytes = Buffer.concat(chunks)
  createHash('sha512').update(bytes).digest()
  writeFileSync(`${copy}.${index}.tgz`, bytes)
  gunzipSync(bytes)
}

function copied() {
  const [from, to] = [openSync(archive, 'r'), openSync(copy, 'w')]
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafeSlow(262_144)
  for (let size = readSync(from, buffer); size > 0; size = readSync(from, buffer)) {
    const chunk = buffer.subarray(0, size)
    hash.update(chunk)
    writeSync(to, chunk)
  }
  hash.digest()
  fsyncSync(to)
  for (const descriptor of [from, to]) closeSync(descriptor)
}
