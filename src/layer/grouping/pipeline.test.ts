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

test('pipeline: no steps give one layer, smallest objects first', () => {
  assert.equal(run([]), 'zlib bash app openssl openblas glibc numpy python')
})

test('pipeline: subcomponent_out takes what a path needs, subcomponent_in what needs it', () => {
  assert.equal(run([['subcomponent_out', at('python')]]), 'zlib openssl glibc python | bash app openblas numpy')
  assert.equal(run([['subcomponent_in', [at('numpy')]]]), 'app numpy | zlib bash openssl openblas glibc python')
})

test('pipeline: split_paths leaves out parts that are empty', () => {
  assert.equal(run([['split_paths', [at('nothing')]]]), 'zlib bash app openssl openblas glibc numpy python')
  assert.equal(run([['split_paths', [at('app')]]]), 'zlib bash app openssl openblas glibc numpy python')
  assert.equal(run([['split_paths', at('glibc')]]), 'glibc | zlib bash app openssl openblas numpy python')
})

test('pipeline: split_paths with a path in a cycle that nothing refers to takes the whole cycle', () => {
  const spec: Spec = { libc: [3, ['gcc']], gcc: [1, ['libc']], other: [2, []] }
  assert.equal(run([['split_paths', [at('libc')]]], spec), 'gcc libc | other')
})

test('pipeline: children_of selects what a path refers to', () => {
  const selection = { children_of: at('numpy') }
  assert.equal(run([['remove_paths', selection]]), 'zlib bash app openssl numpy')
  assert.equal(
    run([['remove_paths', [{ children_of: [at('numpy'), at('bash')] }, at('zlib')]]]),
    'bash app openssl numpy',
  )
})

test('pipeline: split_every cuts a graph, and a list in its order', () => {
  assert.equal(run([['split_every', 3]]), 'zlib bash app | openssl openblas glibc | numpy python')
  assert.equal(
    run([['popularity_contest'], ['split_every', 3]]),
    'glibc openssl zlib | python openblas bash | numpy app',
  )
})

test('pipeline: limit_layers merges the rest of a list, and flattens a set by itself', () => {
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

test('pipeline: over a part that is empty changes nothing', () => {
  const steps: PipelineStep[] = [
    ['split_paths', at('glibc')],
    ['over', 'common', ['popularity_contest']],
  ]
  assert.equal(run(steps), 'glibc | zlib bash app openssl openblas numpy python')
})

test('pipeline: map works on each value, reverse turns a list round', () => {
  const steps: PipelineStep[] = [['split_every', 4], ['map', ['split_every', 3]], ['reverse']]
  assert.equal(run(steps), 'openblas glibc numpy | python | zlib bash app | openssl')
})

test('pipeline: a package stands for its path', () => {
  assert.equal(run([['subcomponent_in', { path: at('app') }]]), 'app | zlib bash openssl openblas glibc numpy python')
})

test('pipeline: what is wrong with a step is said with its position', () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ['popularity_contest', /^layeringPipeline is no list of steps\./],
    [['popularity_contest'], /^layeringPipeline\[0\] is "popularity_contest", no step\./],
    [
      [['popularity_contest'], ['split_evry', 3]],
      /^layeringPipeline\[1\] names no step: "split_evry"\. Did you mean "split_every"\?/,
    ],
    [[['split_every', 0]], /^layeringPipeline\[0\] \(split_every\) has 0 as its number\./],
    [[['limit_layers']], /^layeringPipeline\[0\] \(limit_layers\) has 0 arguments\. limit_layers takes 1\./],
    [[['over', 'middle', ['flatten']]], /^layeringPipeline\[0\] \(over\) names "middle", no part of a set\./],
    [[['pipe', [['flatten'], ['map', ['x']]]]], /^layeringPipeline\[0\]\[1\]\[1\]\[1\] names no step: "x"\./],
    [[['remove_paths', ['/bin/sh']]], /^layeringPipeline\[0\]\[1\]\[0\] is "\/bin\/sh", no store path\./],
    [[['remove_paths', { children_of: 7 }]], /^layeringPipeline\[0\]\[1\]\.children_of is 7, no store path\./],
    [[['over', 'main', ['flatten']]], /^layeringPipeline\[0\] \(over\) takes a set, but is given a graph\./],
    [[['reverse']], /^layeringPipeline\[0\] \(reverse\) takes a list, but is given a graph\./],
    [
      [['popularity_contest'], ['popularity_contest']],
      /^layeringPipeline\[1\] \(popularity_contest\) takes one graph, but is given a list\./,
    ],
  ]
  for (const [steps, message] of cases) assert.match(complaint(steps), message)
  assert.equal(complaint([['flatten'], ['limit_layers', 3]]), 'none')
})
