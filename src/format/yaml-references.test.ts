import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replaceReferences, yamlReferences } from './yaml-references.ts'

const replaced = (text: string): string => {
  const references = yamlReferences(text, 'x.yaml', 'slipway://')
  return replaceReferences(
    text,
    references,
    references.map(({ value }) => `registry.example/${value.split('#')[1]}@sha256:1`),
  )
}

test('yaml: values are replaced, in all documents, styles and anchors; everything else stays to the byte', () => {
  const text = `# slipway://image.ts#comment
slipway://image.ts#key:   [1,   2]   # kept
spec:
    image:   slipway://image.ts#api   # the API
    other: "slipway://image.ts#web"
    third: 'slipway://image.ts#job'
    args: [ slipway://image.ts#flow, "x slipway://image.ts#inside" ]
    first: &again slipway://image.ts#api
    second: *again
---
block: >-
  slipway://image.ts#api
tagged: !!str slipway://image.ts#web
last: yes
`
  const expected = text
    .replace('slipway://image.ts#api   # the', 'registry.example/api@sha256:1   # the')
    .replace('"slipway://image.ts#web"', '"registry.example/web@sha256:1"')
    .replace("'slipway://image.ts#job'", "'registry.example/job@sha256:1'")
    .replace('slipway://image.ts#flow', 'registry.example/flow@sha256:1')
    .replace('&again slipway://image.ts#api', '&again registry.example/api@sha256:1')
    .replace('>-\n  slipway://image.ts#api\n', '"registry.example/api@sha256:1"\n')
    .replace('!!str slipway://image.ts#web', '!!str registry.example/web@sha256:1')
  assert.equal(replaced(text), expected)
  assert.equal(replaced('{"image": "slipway://image.ts#api"}'), '{"image": "registry.example/api@sha256:1"}')
  assert.equal(replaced('a: b\r\nc: slipway://image.ts#api\r\n'), 'a: b\r\nc: registry.example/api@sha256:1\r\n')
})

test('yaml: a reference has its line; a file that is not YAML is an error with its place', () => {
  const [found] = yamlReferences('a: 1\n\nb: slipway://image.ts#x\n', 'x.yaml', 'slipway://')
  assert.deepEqual(found, { value: 'image.ts#x', line: 3, start: 9, end: 29 })
  assert.throws(() => yamlReferences('a: 1\nb: [1\n', 'k8s/x.yaml', 'slipway://'), {
    code: 'yaml.invalid',
    message: /^k8s\/x\.yaml:\d: /,
  })
})
