import assert from 'node:assert/strict'
import { test } from 'node:test'
import { executable, memoryTree, symlink } from '../../tree/memory.ts'
import { union } from '../../tree/union.ts'
import { type Alternative, alternativeEntries, alternativeOf } from './alternatives.ts'
import { formatAlternatives } from './alternatives-database.ts'

/** Alternatives that commands without quotes install. */
function read(...commands: readonly string[]): readonly Alternative[] {
  return commands.flatMap((command) => alternativeOf(command.replace(/\\\n/g, '').split(/\s+/)) ?? [])
}

const files = union([
  memoryTree({
    bin: symlink('usr/bin'),
    'usr/bin/mawk': executable(''),
    'usr/bin/gawk': executable(''),
    'usr/bin/more': executable(''),
    'usr/share/man/man1/mawk.1.gz': executable(''),
  }),
])

function links(...scripts: readonly string[]): readonly string[] {
  return alternativeEntries(read(...scripts), files).map((entry) =>
    entry.kind === 'symlink' ? `${entry.path} -> ${entry.target}` : entry.kind,
  )
}

test('alternatives: the highest priority wins, of equals the first by name; missing targets do not count', () => {
  const install = (target: string, priority: number) =>
    `update-alternatives --install /usr/bin/awk awk /usr/bin/${target} ${priority}`
  assert.deepEqual(links(install('mawk', 5), install('gawk', 10), install('original-awk', 99)), [
    'etc/alternatives/awk -> /usr/bin/gawk',
    'usr/bin/awk -> /etc/alternatives/awk',
  ])
  assert.equal(links(install('mawk', 5), install('gawk', 5))[0], 'etc/alternatives/awk -> /usr/bin/gawk')
  assert.equal(links(install('gawk', -1), install('mawk', -2))[0], 'etc/alternatives/awk -> /usr/bin/gawk')
  assert.deepEqual(links(install('original-awk', 1)), [])
})

test('alternatives: slave links exist if their targets do; links in /bin move to merged /usr', () => {
  assert.deepEqual(
    links(`update-alternatives --install /bin/awk awk /bin/mawk 5 \\
  --slave /usr/share/man/man1/awk.1.gz awk.1.gz /usr/share/man/man1/mawk.1.gz \\
  --slave /usr/bin/nawk nawk /usr/bin/original-awk`),
    [
      'etc/alternatives/awk -> /bin/mawk',
      'usr/bin/awk -> /etc/alternatives/awk',
      'etc/alternatives/awk.1.gz -> /usr/share/man/man1/mawk.1.gz',
      'usr/share/man/man1/awk.1.gz -> /etc/alternatives/awk.1.gz',
    ],
  )
})

test('alternatives: unknown words and other commands give none', () => {
  assert.equal(alternativeOf(['--install', undefined, 'a', '/usr/bin/a', '5']), undefined)
  assert.deepEqual(read('--install /usr/bin/a a /usr/bin/a high', '--remove a /usr/bin/a'), [])
})

test('alternatives: the record of a group: state, link, slaves, then targets with theirs', () => {
  const alternatives = read(
    'update-alternatives --install /usr/bin/pager pager /usr/bin/more 50 ' +
      '--slave /usr/share/man/man1/pager.1.gz pager.1.gz /usr/share/man/man1/more.1.gz',
    'update-alternatives --install /usr/bin/pager pager /bin/less 77',
  )
  assert.deepEqual(
    [...formatAlternatives(alternatives)],
    [
      [
        'pager',
        'auto\n/usr/bin/pager\npager.1.gz\n/usr/share/man/man1/pager.1.gz\n\n/bin/less\n77\n\n/usr/bin/more\n50\n/usr/share/man/man1/more.1.gz\n\n',
      ],
    ],
  )
})
