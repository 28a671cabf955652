import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textTools } from '../../../test/support/text-images.ts'
import { digestOf } from '../../base/digest.ts'
import { formatLock, parseLock } from '../../lock/lock-file.ts'
import { imageKey, imageSetKind, type LockedImage } from './image-set.ts'

const dockerTools = textTools()
const digest = digestOf('manifest')
const refused = (work: () => unknown, message: RegExp): void =>
  assert.throws(work, { code: 'argument.invalid', message })

test('pullImage: what a call lacks or has too much is refused at once, with what to write', () => {
  const pull = (given: object) => () => dockerTools.pullImage({ imageName: 'debian', imageDigest: digest, ...given })
  refused(pull({ imageName: 'debian:12' }), /Give them as arguments of their own: imageName: "debian", imageTag: "12"/)
  refused(pull({ imageName: 'Debian' }), /imageName must be the name of an image/)
  refused(pull({ imageDigest: 'sha256:12' }), /imageDigest must be the digest of a manifest or an index/)
  refused(pull({ imageDigest: null }), /imageDigest is missing.*imageTag: "latest"/)
  refused(pull({ imageDigest: null, imageTag: '1', hash: '' }), /imageDigest is missing/)
  refused(pull({ hash: digest, sha256: digest }), /sha256 must be left out if hash is given/)
  refused(pull({ sha256: `sha512-${Buffer.alloc(64).toString('base64')}` }), /sha256 must be the sha256 of the image/)
  refused(pull({ arch: 'arm/v7/x' }), /arch must be an architecture/)
  refused(pull({ finalImageTag: '-' }), /finalImageTag must be a tag/)
  for (const hash of ['', digest, digest.slice(7)]) assert.ok(pull({ hash })())
  assert.ok(dockerTools.pullImage({ imageName: 'debian', imageTag: '12' }).imageTag === '12')
})

test('pullImage: it is named where the name of an image is given as a base', () => {
  const from = (fromImage: string) => () => dockerTools.buildLayeredImage({ name: 'x', fromImage })
  refused(from('debian:12'), /Write dockerTools\.pullImage\(\{ imageName: "debian", imageTag: "12" \}\)/)
  refused(from('docker://debian'), /pullImage\(\{ imageName: "debian", imageTag: "latest" \}\)/)
  refused(from(`debian@${digest}`), new RegExp(`pullImage\\(\\{ imageName: "debian", imageDigest: "${digest}" \\}\\)`))
  refused(from('oci:layout'), /Give the path alone: "layout"/)
  refused(() => dockerTools.mergeImages(['debian:12']), /images\[0\].*pullImage/s)
  refused(() => dockerTools.exportImage({ fromImage: 'registry.example:5000/x:1' }), /pullImage/)
  for (const file of ['debian', './debian:12', '/debian:12', 'base.tar', 'a/b.tar.gz']) assert.ok(from(file)(), file)
})

const image: LockedImage = {
  ...{ name: 'docker.io/library/debian', tag: '12', digest },
  platforms: new Map([
    ['linux/amd64', { manifest: digestOf('a'), config: digestOf('b'), size: 12 }],
    ['linux/arm/v7', { manifest: digestOf('c'), config: digestOf('d'), size: 34 }],
  ]),
}
const kinds = new Map([['image', { load: async () => imageSetKind }]])

test('lock: an image is read back as it was written, a platform a line', async () => {
  const lock = new Map([[imageKey(image.name, image.tag), { kind: imageSetKind, set: image }]])
  const text = formatLock(lock)
  assert.match(text, /^ {8}"linux\/amd64": \{"manifest":"sha256:.*"size":12\},$/m)
  assert.deepEqual(await parseLock(text, 'slipway.lock', kinds), lock)
})

test('lock: an image that is not complete is refused with its line', async () => {
  const text = formatLock(new Map([[imageKey(image.name, image.tag), { kind: imageSetKind, set: image }]]))
  for (const [from, to, message] of [
    [digest, 'sha256:1', /:7: the lock has a digest that is not a sha256 digest/],
    ['"linux/amd64"', '"linux"', /:9: the lock has "linux", which is not a valid platform/],
    ['"size":12', '"size":-1', /:9: the lock has a size that is not a number of bytes/],
    [`"${digestOf('b')}"`, '5', /:9: the lock has a config that is not a sha256 digest/],
    ['"12"', '""', /:6: the lock has no tag/],
  ] as const)
    await assert.rejects(parseLock(text.replace(from, to), 'slipway.lock', kinds), { code: 'lock.invalid', message })
})
