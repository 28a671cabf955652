import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closureFrom, numpyApp, pathOf, type Spec, shown } from '../../../test/support/graphs.ts'
import { logical } from '../../store/store-path.ts'
import { checkPipeline, type PipelineStep, pipeline } from './pipeline.ts'

const at = (name: string): string => logical(pathOf(name))

function run(steps: readonly PipelineStep[], spec: Spec = numpyApp): string {
  return shown(pipeline(steps)(closureFrom(spec)))
}

function complaint(steps: unknown): string {
  try {
    checkPipeline(steps)
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error && error.code === 'layering.pipeline', String(error))
    return error.message
  }
  return 'none'
}

test('pipeline: the worked example gives five groups', () => {
  const steps: PipelineStep[] = [
    ['split_paths', [at('numpy')]],
    [
      'over',
      'main',
      [
        'pipe',
        [
          ['subcomponent_in', [at('numpy')]],
          ['over', 'rest', ['popularity_contest']],
        ],
      ],
    ],
    ['over', 'common', ['popularity_contest']],
    ['flatten'],
    ['limit_layers', 5],
  ]
  assert.equal(run(steps), 'numpy | openblas | glibc | openssl | zlib python bash app')
})

test('pipeline: without steps there is one layer, smallest objects first', () => {
  assert.equal(run([]), 'zlib bash app openssl openblas glibc numpy python')
})

test('pipeline: subcomponent_out takes a path’s dependencies, subcomponent_in its dependents', () => {
  assert.equal(run([['subcomponent_out', at('python')]]), 'zlib openssl glibc python | bash app openblas numpy')
  assert.equal(run([['subcomponent_in', [at('numpy')]]]), 'app numpy | zlib bash openssl openblas glibc python')
})

test('pipeline: split_paths omits empty parts', () => {
  assert.equal(run([['split_paths', [at('nothing')]]]), 'zlib bash app openssl openblas glibc numpy python')
  assert.equal(run([['split_paths', [at('app')]]]), 'zlib bash app openssl openblas glibc numpy python')
  assert.equal(run([['split_paths', at('glibc')]]), 'glibc | zlib bash app openssl openblas numpy python')
})

test('pipeline: split_paths with a path in an unreferenced cycle takes the whole cycle', () => {
  const spec: Spec = { libc: [3, ['gcc']], gcc: [1, ['libc']], other: [2, []] }
  assert.equal(run([['split_paths', [at('libc')]]], spec), 'gcc libc | other')
})

test('pipeline: children_of selects the references of a path', () => {
  const selection = { children_of: at('numpy') }
  assert.equal(run([['remove_paths', selection]]), 'zlib bash app openssl numpy')
  assert.equal(
    run([['remove_paths', [{ children_of: [at('numpy'), at('bash')] }, at('zlib')]]]),
    'bash app openssl numpy',
  )
})

test('pipeline: split_every splits a graph, and a list in its order', () => {
  assert.equal(run([['split_every', 3]]), 'zlib bash app | openssl openblas glibc | numpy python')
  assert.equal(
    run([['popularity_contest'], ['split_every', 3]]),
    'glibc openssl zlib | python openblas bash | numpy app',
  )
})

test('pipeline: limit_layers merges the rest of a list, and flattens a set first', () => {
  assert.equal(
    run([['popularity_contest'], ['limit_layers', 2]]),
    'glibc | openssl zlib python openblas bash numpy app',
  )
  assert.equal(
    run([
      ['subcomponent_in', at('bash')],
      ['limit_layers', 1],
    ]),
    'bash app zlib openssl openblas glibc numpy python',
  )
})

test('pipeline: over an empty part changes nothing', () => {
  const steps: PipelineStep[] = [
    ['split_paths', at('glibc')],
    ['over', 'common', ['popularity_contest']],
  ]
  assert.equal(run(steps), 'glibc | zlib bash app openssl openblas numpy python')
})

test('pipeline: map applies to each value, reverse reverses a list', () => {
  const steps: PipelineStep[] = [['split_every', 4], ['map', ['split_every', 3]], ['reverse']]
  assert.equal(run(steps), 'openblas glibc numpy | python | zlib bash app | openssl')
})

test('pipeline: a package stands for its path', () => {
  assert.equal(run([['subcomponent_in', { path: at('app') }]]), 'app | zlib bash openssl openblas glibc numpy python')
})

test('pipeline: an invalid step is reported with its position', () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ['popularity_contest', /^layeringPipeline must be an array of steps; got "popularity_contest"\./],
    [['popularity_contest'], /^layeringPipeline\[0\] must be a step; got "popularity_contest"\./],
    [
      [['popularity_contest'], ['split_evry', 3]],
      /^layeringPipeline\[1\] has an unknown step "split_evry"\. Did you mean "split_every"\?/,
    ],
    [[['split_every', 0]], /^layeringPipeline\[0\] \(split_every\) takes a positive integer; got 0\./],
    [[['limit_layers']], /^layeringPipeline\[0\] \(limit_layers\) has 0 arguments\. limit_layers takes 1\./],
    [[['over', 'middle', ['flatten']]], /^layeringPipeline\[0\] \(over\) takes a part of a set; got "middle"\./],
    [[['pipe', [['flatten'], ['map', ['x']]]]], /^layeringPipeline\[0\]\[1\]\[1\]\[1\] has an unknown step "x"\./],
    [[['remove_paths', ['/bin/sh']]], /^layeringPipeline\[0\]\[1\]\[0\] must be a store path; got "\/bin\/sh"\./],
    [[['remove_paths', { children_of: 7 }]], /^layeringPipeline\[0\]\[1\]\.children_of must be a store path; got 7\./],
    [[['over', 'main', ['flatten']]], /^layeringPipeline\[0\] \(over\) takes a set, but gets a graph\./],
    [[['reverse']], /^layeringPipeline\[0\] \(reverse\) takes a list, but gets a graph\./],
    [
      [['popularity_contest'], ['popularity_contest']],
      /^layeringPipeline\[1\] \(popularity_contest\) takes one graph, but gets a list\./,
    ],
  ]
  for (const [steps, message] of cases) assert.match(complaint(steps), message)
  assert.equal(complaint([['flatten'], ['limit_layers', 3]]), 'none')
})
