/** Numbers of system calls, as the kernel's own headers have them. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { examinedCalls, refusedCalls, seccompFilter } from './seccomp.ts'

const headers = [
  { processor: 'x64', file: '/usr/include/x86_64-linux-gnu/asm/unistd_64.h' },
  { processor: 'arm64', file: '/usr/include/asm-generic/unistd.h' },
]

for (const [column, { processor, file }] of headers.entries()) {
  test(`seccomp: the numbers of ${processor} are the kernel's`, {
    skip: existsSync(file) ? false : `${file} not there (linux-libc-dev)`,
  }, () => {
    const defined = new Map(
      [...readFileSync(file, 'utf8').matchAll(/^#define __NR_(\w+) (\d+)$/gm)].map(([, name = '', number]) => [
        name,
        Number(number),
      ]),
    )
    for (const [name, numbers] of Object.entries({ ...refusedCalls, ...examinedCalls }))
      assert.equal(numbers[column], defined.get(name), name)
  })
}

test('seccomp: a filter has whole instructions that jump within it; other processors have none', () => {
  for (const processor of ['x64', 'arm64']) {
    const filter = Buffer.from(seccompFilter(processor) ?? [])
    assert.ok(filter.length > 0 && filter.length % 8 === 0)
    for (let at = 0; at < filter.length; at += 8)
      for (const jump of [filter[at + 2] ?? 0, filter[at + 3] ?? 0])
        assert.ok(at + 8 * (1 + jump) < filter.length || at + 8 === filter.length)
  }
  assert.equal(seccompFilter('ia32'), undefined)
})
