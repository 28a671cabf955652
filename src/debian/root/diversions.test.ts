import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diversionsOf, formatDiversions } from './diversions.ts'

function diversions(name: string, scripts: Readonly<Record<string, string>>): readonly string[] {
  const control = new Map(Object.entries(scripts).map(([file, text]) => [file, Buffer.from(`#!/bin/sh\n${text}`)]))
  return diversionsOf({ name, control }).map(({ file, to, by }) => `${file} ${to ?? '?'} ${by}`)
}

test('diversions: by a function of the script, with a default name', () => {
  const postinst = `claim() {
  dfile=$1 distrib=\${2:-$dfile.distrib}
  dpkg-divert --package bash --no-rename --remove $dfile
  dpkg-divert --package dash --no-rename --divert $distrib --add $dfile
}
claim /bin/sh
claim /usr/share/man/man1/sh.1.gz /usr/share/man/man1/sh.distrib.1.gz
`
  assert.deepEqual(diversions('dash', { postinst }), [
    '/bin/sh /bin/sh.distrib dash',
    '/usr/share/man/man1/sh.1.gz /usr/share/man/man1/sh.distrib.1.gz dash',
  ])
})

test('diversions: the default name ends in ".distrib"; queries, removals and other packages’ diversions do not count', () => {
  const preinst = `dpkg-divert --package a --add --rename /usr/bin/x
dpkg-divert --package a /usr/bin/y
dpkg-divert --list /usr/bin/z
dpkg-divert --package b --add /usr/bin/b`
  const postinst = 'dpkg-divert --package a --remove --rename /usr/bin/y'
  assert.deepEqual(diversions('a', { preinst, postinst }), ['/usr/bin/x /usr/bin/x.distrib a'])
})

test('diversions: an unknown name is not guessed, and not in dpkg’s record', () => {
  const preinst = 'dpkg-divert --package a --divert "$(make-name)" --add /usr/bin/x'
  assert.deepEqual(diversions('a', { preinst }), ['/usr/bin/x ? a'])
  const known = { file: '/bin/sh', to: '/bin/sh.distrib', by: 'dash' }
  assert.equal(formatDiversions([{ ...known, to: undefined }, known]), '/bin/sh\n/bin/sh.distrib\ndash\n')
})
