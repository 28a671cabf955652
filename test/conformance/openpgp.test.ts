/** Verifies clearsigned files and compares with gpgv: Debian's own if the machine has them, and generated ones. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyClearsigned } from '../../src/format/openpgp.ts'
import { clearsign, makeKey, publishedAt } from '../support/debian-archive.ts'
import { inFolder } from '../support/workshop.ts'

const skip = spawnSync('gpgv', ['--version']).status === 0 ? false : 'gpgv is not installed'
const lists = '/var/lib/apt/lists'
const releases = (() => {
  try {
    return readdirSync(lists).filter((name) => /dists_[a-z-]+_InRelease$/.test(name))
  } catch {
    return []
  }
})()

test('openpgp: gpgv and slipway read the same text from a generated file, and both refuse it when a byte differs', {
  skip,
}, async () => {
  const { privateKey, publicKey } = await makeKey()
  const text = 'Codename: bookworm\n- dashed\nSHA256:\n 0  1  x'
  const file = await clearsign(text, privateKey)
  await inFolder(async (folder) => {
    const gpgv = (content: string) => {
      writeFileSync(join(folder, 'keys.gpg'), publicKey.write())
      writeFileSync(join(folder, 'file'), content)
      return spawnSync('gpgv', ['--keyring', join(folder, 'keys.gpg'), '--output', '-', join(folder, 'file')], {
        encoding: 'utf8',
      })
    }
    const ours = await verifyClearsigned(Buffer.from(file), publicKey.write(), publishedAt)
    assert.ok(ours.good)
    assert.equal(`${ours.text}\n`, gpgv(file).stdout)
    const changed = file.replace('bookworm', 'bookw0rm')
    assert.notEqual(gpgv(changed).status, 0)
    const judged = await verifyClearsigned(Buffer.from(changed), publicKey.write(), publishedAt)
    assert.equal(judged.good ? 'good' : judged.why, 'bad-signature')
  })
})

test('openpgp: a good signature beside an unknown one is accepted, a bad one beside a good one is not', async () => {
  const { createCleartextMessage, sign } = await import('openpgp')
  const [known, unknown] = [await makeKey(), await makeKey()]
  const message = await createCleartextMessage({ text: 'Codename: x' })
  const both = await sign({ message, signingKeys: [known.privateKey, unknown.privateKey], date: publishedAt })
  assert.ok((await verifyClearsigned(Buffer.from(both), known.publicKey.write(), publishedAt)).good)
  const two = Buffer.concat([known.publicKey.write(), unknown.publicKey.write()])
  assert.ok((await verifyClearsigned(Buffer.from(both), two, publishedAt)).good)
  assert.ok((await verifyClearsigned(Buffer.from(both), Buffer.from(known.publicKey.armor()), publishedAt)).good)
})

test("openpgp: Debian's own InRelease files verify with the keys that ship with slipway, and not in 2040", {
  skip: releases.length > 0 ? false : 'apt has no InRelease here',
}, async () => {
  const keyring = readFileSync(new URL('../../data/debian-archive-keyring.gpg', import.meta.url))
  for (const name of releases.filter((each) => each.includes('debian'))) {
    const file = readFileSync(join(lists, name))
    const date = /^Date: (.*)$/m.exec(file.toString('latin1'))?.[1] ?? ''
    const verified = await verifyClearsigned(file, keyring, new Date(date))
    assert.ok(verified.good, name)
    const late = await verifyClearsigned(file, keyring, new Date('2040-01-01'))
    assert.equal(late.good ? 'good' : late.why, 'key-expired')
  }
})
