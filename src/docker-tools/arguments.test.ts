import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkArguments, orDefault } from '../base/check.ts'
import { BuildError } from '../base/error.ts'
import { debian } from '../sets/debian.ts'
import {
  baseNameOf,
  compressorOr,
  created,
  imageName,
  imageTag,
  maxLayers,
  mtime,
  ownerId,
  ownerName,
} from './arguments.ts'
import { checkConfig } from './config.ts'

const checks = {
  name: imageName,
  tag: orDefault(imageTag, null),
  maxLayers: orDefault(maxLayers, 100),
  config: orDefault(checkConfig, {}),
}

function refusal(work: () => unknown): BuildError {
  try {
    work()
  } catch (error) {
    if (error instanceof BuildError) return error
    throw error
  }
  throw new assert.AssertionError({ message: 'nothing was refused' })
}

test('arguments: left out and null mean default', () => {
  assert.deepEqual(checkArguments('build', { name: 'Redis', tag: null }, checks), {
    name: 'redis',
    tag: null,
    maxLayers: 100,
    config: {},
  })
})

test('arguments: an unknown argument names the nearest', () => {
  const error = refusal(() => checkArguments('build', { name: 'x', maxlayers: 3 }, checks))
  assert.equal(error.code, 'argument.unknown')
  assert.match(error.message, /^build: unknown argument "maxlayers"\. Did you mean "maxLayers"\?$/)
})

test('arguments: shell text that bash would read as another is refused', () => {
  const texts = {
    'a NUL character': 'echo "a\0b"',
    'half of a surrogate pair': 'echo \ud800',
    'a byte order mark': '\ufeffecho a',
    'the line ends of Windows': 'mkdir /a\r\nmkdir /b\r\n',
  }
  for (const [fault, runAsRoot] of Object.entries(texts)) {
    const error = refusal(() => debian({ suite: 'trixie' }).dockerTools.buildImage({ name: 'x', runAsRoot }))
    assert.equal(error.code, 'argument.invalid')
    assert.ok(error.message.includes(`runAsRoot has ${fault}`), error.message)
  }
  // One line with a carriage return may be meant.
  debian({ suite: 'trixie' }).dockerTools.buildImage({ name: 'x', runAsRoot: 'cat <<E\nGET /\r\n\r\nE\n' })
})

test('arguments: every mistake of a call is named at once', () => {
  const error = refusal(() =>
    checkArguments('build', { naem: 'x', tag: 'a b', maxLayers: 1, config: { Cmd: 'x', foo: 1 } }, checks),
  )
  assert.equal(error.code, 'argument.invalid')
  for (const part of [
    '"naem"',
    'name is missing',
    'tag must be a tag',
    'maxLayers must be',
    'config.Cmd',
    'config has no field "foo"',
  ])
    assert.ok(error.message.includes(part), part)
})

test('arguments: only objects are accepted', () => {
  assert.equal(refusal(() => checkArguments('build', 'redis', checks)).code, 'argument.invalid')
})

test('arguments: names are lower-cased and follow the grammar of registries', () => {
  assert.equal(imageName('Registry.Example:5000/Team/Redis', 'name'), 'registry.example:5000/team/redis')
  for (const wrong of ['', 'a b', 'a//b', '-a', 'a/', 'ä', 3])
    assert.equal(refusal(() => imageName(wrong, 'name')).code, 'argument.invalid')
  assert.match(refusal(() => imageName('redis:7', 'name')).message, /name: "redis", tag: "7"/)
})

test('arguments: store names of an image with a long name have room for their endings', () => {
  assert.equal(baseNameOf('registry.example/team/redis'), 'redis')
  assert.equal(baseNameOf(`x/${'y'.repeat(250)}`), 'y'.repeat(160))
})

test('arguments: a tag with a space is refused', () => {
  assert.equal(imageTag('v1.2_x-3', 'tag'), 'v1.2_x-3')
  assert.match(refusal(() => imageTag('a b', 'tag')).message, /must be a tag: .*; got "a b"/)
  for (const wrong of ['', '.a', '-a', 'a/b', 'x'.repeat(129)]) refusal(() => imageTag(wrong, 'tag'))
})

test('arguments: maxLayers is 2 to 125, and says why', () => {
  assert.equal(maxLayers(2, 'maxLayers'), 2)
  assert.equal(maxLayers(125, 'maxLayers'), 125)
  assert.match(refusal(() => maxLayers(1, 'maxLayers')).message, /need at least one more/)
  assert.match(refusal(() => maxLayers(126, 'maxLayers')).message, /max depth exceeded/)
  assert.match(refusal(() => maxLayers(128, 'maxLayers')).message, /the 128 in the dockerTools manual is too many/)
  refusal(() => maxLayers(2.5, 'maxLayers'))
  refusal(() => maxLayers('3', 'maxLayers'))
})

test('arguments: dates come out in one spelling, without the machine’s time zone', () => {
  assert.equal(created('@123', 'created'), '1970-01-01T00:02:03Z')
  assert.equal(created('2024-05-06', 'created'), '2024-05-06T00:00:00Z')
  assert.equal(created('now', 'created'), 'now')
  assert.match(refusal(() => created('yesterday', 'created')).message, /"yesterday"/)
  assert.equal(mtime(5, 'mtime'), 5)
  assert.equal(mtime('1970-01-01T00:00:01Z', 'mtime'), 1)
  refusal(() => mtime('1969-01-01', 'mtime'))
  refusal(() => mtime(-1, 'mtime'))
})

test('arguments: owners and compressors', () => {
  assert.equal(ownerId(4294967294, 'uid'), 4294967294)
  for (const wrong of [-1, 1.5, '0', 4294967295]) refusal(() => ownerId(wrong, 'uid'))
  assert.equal(ownerName('', 'uname'), '')
  refusal(() => ownerName('a b', 'uname'))
  const compressor = compressorOr('gz')
  assert.deepEqual(compressor('zstd', 'compressor'), { name: 'zstd', level: 3 })
  assert.deepEqual(compressor(null, 'compressor'), { name: 'gz', level: 6 })
  assert.deepEqual(compressor({ name: 'gz', level: 9 }, 'compressor'), { name: 'gz', level: 9 })
  const wrong = ['gzip', 5, {}, { name: 'gz', level: 0 }, { name: 'gz', level: '9' }, { name: 'zstd', level: 20 }]
  for (const value of [...wrong, { name: 'gz', speed: 1 }])
    assert.match(refusal(() => compressor(value, 'compressor')).message, /"none", "gz", "zstd"/)
})

test('image.debug: an image on the image itself, with more packages and a tag of its own', () => {
  const { pkgs, dockerTools } = debian({ suite: 'bookworm', directory: '/' })
  const image = dockerTools.buildLayeredImage({ name: 'web', tag: '1', contents: [pkgs('nginx-light')] })
  const { fromImage, contents } = image.debug.buildArgs
  assert.equal(String(fromImage), String(image))
  assert.deepEqual([image.debug.imageName, image.debug.imageTag], ['web', '1-debug'])
  assert.ok(Array.isArray(contents) && contents.includes(pkgs('strace')) && contents.includes(pkgs('bash')))
  const plain = dockerTools.buildImage({ name: 'plain', tag: '2', copyToRoot: [pkgs('nginx-light')] })
  assert.equal(String(plain.debug.buildArgs.fromImage), String(plain))
  assert.deepEqual([plain.debug.imageName, plain.debug.imageTag], ['plain', '2-debug'])
})
