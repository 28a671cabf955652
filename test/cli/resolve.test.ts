/** `slipway resolve`: images that YAML files name are pushed once each; the files come out with names and digests. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fakeRegistry } from '../support/fake-registry.ts'
import { slipway, writeProject } from '../support/slipway.ts'
import { inFolder } from '../support/workshop.ts'

const source = `import { debian } from 'slipway'
const { dockerTools, writeTextDir } = debian({ suite: 'bookworm', architecture: 'amd64' })
const image = (name: string) => dockerTools.buildLayeredImage({ name, contents: writeTextDir('etc/motd', name) })
export const api = image('api')
export const web = image('team/web')
`
const pod =
  'kind: Pod # one\nspec:\n  containers:\n    - image: slipway://image.ts#api\n    - {image: "slipway://image.ts#web"}\n'
const job = 'kind: Job\nimage: slipway://image.ts#api\n'

/** A CronJob, a list with a Deployment, and a resource of a kind that nothing here knows. */
const manifests = `# Before everything.
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: "nightly"   # quoted
  labels: {b: "2", a: '1'}
spec:
  schedule: "0 3 * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [
    {name: job, image: slipway://image.ts#api, args: ["--at", "3"]}]}}}}
---
# A list.
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata: &names
    name: web
  spec:
    template:
      metadata:
        <<: *names
      spec:
        initContainers:
        - &first
          name: first
          image:   'slipway://image.ts#web'   # spaces stay
        - <<: *first
          name: second
        containers:
        - name: web
          image: &web slipway://image.ts#web
          env:
          - name: SIDECAR
            value: *web
          - name: NOTE
            value: |
              A text,

              of several lines

...
---
apiVersion: example.com/v1alpha1
kind: Pipeline
spec:
  on: yes
  mode: 0644
  stages:
    ? build
    : image: "slipway://image.ts#api"
    test: !image slipway://image.ts#web
  empty:
`

test('resolve: directories, repositories, standard input and an output file', async () => {
  const registry = await fakeRegistry()
  await inFolder(async (cwd) => {
    writeProject(cwd, {
      'image.ts': source,
      'k8s/a.yaml': pod,
      'k8s/b.yml': job,
      'k8s/notes.txt': job,
      'k8s/more/c.yaml': job,
    })
    const words = [
      'resolve',
      '-f',
      'k8s',
      '--set',
      `${registry.host}/base`,
      '--set',
      `image.ts#web=${registry.host}/other`,
    ]
    const { status, stdout, stderr } = await slipway(words, { cwd })
    assert.equal(status, 0, stderr)
    const [api = ''] = new RegExp(`${registry.host}/base/api@sha256:[0-9a-f]{64}`).exec(stdout) ?? []
    const [web = ''] = new RegExp(`${registry.host}/other@sha256:[0-9a-f]{64}`).exec(stdout) ?? []
    const expected = `${pod}---\n${job}`
      .replaceAll('slipway://image.ts#api', api)
      .replace('slipway://image.ts#web', web)
    assert.equal(stdout, expected)
    assert.ok([...registry.manifests.keys()].some((key) => key === `base/api@${api.split('@')[1]}`))
    const piped = ['resolve', '-f', '-', '--set', `${registry.host}/base`, '-o', 'out.yaml']
    assert.deepEqual((await slipway(piped, { cwd, input: job })).stdout, '')
    assert.equal(readFileSync(join(cwd, 'out.yaml'), 'utf8'), job.replace('slipway://image.ts#api', api))
  })
})

test('resolve: what people write in manifests comes out as it was, in the same order', async () => {
  const registry = await fakeRegistry()
  await inFolder(async (cwd) => {
    writeProject(cwd, { 'image.ts': source, 'manifests.yaml': manifests })
    const { status, stdout, stderr } = await slipway(['resolve', '-f', 'manifests.yaml', '--set', registry.host], {
      cwd,
    })
    assert.equal(status, 0, stderr)
    const named = (name: string): string =>
      new RegExp(`${registry.host}/${name}@sha256:[0-9a-f]{64}`).exec(stdout)?.[0] ?? ''
    const expected = manifests
      .replaceAll('slipway://image.ts#api', () => named('api'))
      .replaceAll('slipway://image.ts#web', () => named('web'))
    assert.equal(stdout, expected)
    assert.ok(!expected.includes('slipway://'))
  })
})

test('resolve: a mistake names the line that asks for the image', async () => {
  await inFolder(async (cwd) => {
    writeProject(cwd, { 'image.ts': source, 'a.yaml': 'a: 1\nimage: slipway://image.ts#ap\n' })
    const { status, stderr } = await slipway(['resolve', '-f', 'a.yaml'], { cwd })
    assert.equal(status, 1)
    assert.match(stderr, /a\.yaml:2: image\.ts exports no .*"ap"/)
    assert.match((await slipway(['resolve', '-f', 'absent'], { cwd })).stderr, /absent cannot be read/)
    writeProject(cwd, { 'a.yaml': 'image: slipway://image.ts#api\n' })
    const misspelt = await slipway(['resolve', '-f', 'a.yaml', '--set', 'image.ts#apu=registry.example/api'], { cwd })
    assert.equal(misspelt.status, 1)
    assert.match(misspelt.stderr, /no file refers to slipway:\/\/image\.ts#apu\..*image\.ts#api.*\[argument\.invalid\]/)
  })
})

test('resolve: a login is for one registry; where images go to several nothing is sent', async () => {
  const [one, two] = [await fakeRegistry(), await fakeRegistry()]
  await inFolder(async (cwd) => {
    writeProject(cwd, { 'image.ts': source, 'pod.yaml': pod })
    const words = ['resolve', '-f', 'pod.yaml', '--set', one.host, '--creds', 'alice:secret']
    assert.equal((await slipway(words, { cwd })).status, 0)
    const asked = one.asked.length
    const { status, stderr } = await slipway([...words, '--set', `image.ts#web=${two.host}/web`], { cwd })
    assert.equal(status, 1)
    assert.match(stderr, /The given login is for one registry, but .* and .* are named.*\[argument\.invalid\]/)
    assert.deepEqual([one.asked.length, two.asked], [asked, []])
  })
})
