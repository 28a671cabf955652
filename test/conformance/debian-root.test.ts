/**
 * Compares an image by slipway with a root that dpkg configured, scripts and all, path by path.
 *
 * Its packages are the closures of all supported programs. Every difference needs a reason (../support/configured.ts). Takes a minute or
 * two, and two gigabytes in the temporary directory.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { debianRoot } from '../../src/debian/root/root.ts'
import { parseParagraphs } from '../../src/format/control.ts'
import { openTar } from '../../src/store/tar/tree.ts'
import type { Tree } from '../../src/tree/tree.ts'
import { missing, run } from '../support/command.ts'
import { differences, inputOf, isExplained, machineSources, textOf } from '../support/configured.ts'
import { downloadDebs, imageOf, noDebs, readPackages } from '../support/debs.ts'
import { temporaryFolder } from '../support/temporary.ts'

const promised = [
  ...['usr-is-merged', 'hello', 'bash', 'coreutils', 'redis-server', 'nginx-light', 'python3', 'nodejs', 'postgresql'],
  ...['curl', 'ca-certificates', 'openjdk-17-jre-headless', 'php-cli', 'git', 'ruby', 'perl', 'busybox-static', 'tini'],
  ...['gosu', 'openssh-server', 'netbase', 'iputils-ping', 'tzdata', 'bind9', 'chrony', 'squid'],
]

// Their scripts run programs: to compile, to make caches, clusters and secrets, or to look at the machine.
const known =
  /^(bind9|dbus.*|fontconfig|libc6|libglib2\.0-0|locales|openssh-server|postgresql-.*|python3.*|sgml-base|ssl-cert|ucf|usr-?.*merge.*)$/

const without =
  noDebs ||
  missing('mmdebstrap') ||
  (process.getuid?.() === 0 ? false : 'not run: mmdebstrap needs root to make devices')

test('debian-root: every supported program is as dpkg configures it, except for differences with a reason', {
  skip: without,
}, async () => {
  const folder = temporaryFolder()
  const real = await configuredRoot(folder, promised)
  const packages = await readPackages(folder, await downloadDebs(folder, await installed(real)))
  const input = inputOf(packages, real)
  const noted = new Set(debianRoot(input).notes.map((note) => note.package))
  assert.deepEqual(
    [...noted].filter((name) => !known.test(name)),
    [],
  )
  const unexplained = differences(real, imageOf(input)).filter((line) => !isExplained(line))
  assert.deepEqual(unexplained, [])
})

/** A root that mmdebstrap made from the machine's own archive. */
async function configuredRoot(folder: string, names: readonly string[]): Promise<Tree> {
  const tar = join(folder, 'real.tar')
  const { suite, lines } = await machineSources()
  await run(
    'mmdebstrap',
    ['--quiet', '--mode=root', '--variant=essential', `--include=${names.join(',')}`, suite, tar, '-'],
    {
      input: [Buffer.from(`${lines.join('\n')}\n`)],
    },
  )
  return openTar(tar, join(folder, 'real.index')).tree
}

async function installed(real: Tree): Promise<readonly string[]> {
  return parseParagraphs(textOf(real, 'var/lib/dpkg/status')).map(
    (each) => `${each.get('package')}=${each.get('version')}`,
  )
}
