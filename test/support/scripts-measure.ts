/**
 * Measures how well maintainer scripts are followed: installs packages one after another in a root of Essential packages with dpkg, in the
 * order that apt gives, and compares each with an image of the same packages. Needs root, mmdebstrap, apt and dpkg.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { PackageNote } from '../../src/debian/root/input.ts'
import { debianRoot } from '../../src/debian/root/root.ts'
import { openTar } from '../../src/store/tar/tree.ts'
import { run } from './command.ts'
import { differences, inputOf, isExplained, machineSources } from './configured.ts'
import { downloadDebs, imageOf, readPackages } from './debs.ts'

/** What became of one package. */
export interface Outcome {
  readonly name: string
  /** Paths that its installation touched, or that only the image has, and that differ without a reason. */
  readonly differences: readonly string[]
  readonly notes: readonly PackageNote[]
}

/** What became of a sample. */
export interface Measure {
  readonly outcomes: readonly Outcome[]
  /** Paths that only the image has and that no package of the sample ships or touches. */
  readonly added: readonly string[]
}

/** Makes the root that every sample starts from, unless it is there: Essential packages, configured. */
export async function baseRoot(folder: string): Promise<string> {
  const root = join(folder, 'base')
  if (existsSync(join(root, 'var/lib/dpkg/status'))) return root
  const { suite, lines } = await machineSources()
  const options = ['--quiet', '--mode=root', '--format=directory', '--variant=essential', '--include=usr-is-merged']
  await run('mmdebstrap', [...options, suite, root, '-'], { input: [Buffer.from(`${lines.join('\n')}\n`)] })
  return root
}

/** Lists what apt would install in a root for some packages, `name=version` in its order. @throws Error when apt finds no way */
export async function installedFor(root: string, names: readonly string[]): Promise<readonly string[]> {
  // A cache of its own: the machine's is for another status, and would be made anew each time.
  const cache = join(root, '..', 'apt')
  mkdirSync(join(cache, 'archives/partial'), { recursive: true })
  const settings = {
    'Dir::Cache': cache,
    'Dir::Cache::pkgcache': 'packages.bin',
    'Dir::Cache::srcpkgcache': 'sources.bin',
    'Dir::State::status': join(root, 'var/lib/dpkg/status'),
    'Dir::State::extended_states': '/nonexistent',
    'APT::Install-Recommends': '0',
  }
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  const simulated = await run('apt-get', ['-s', ...options, 'install', ...names], { env: { LC_ALL: 'C' } })
  return [...simulated.matchAll(/^Inst (\S+) \((\S+)/gm)].map(([, name, version]) => `${name}=${version}`)
}

/** Measures packages that can be installed together. */
export async function measureScripts(folder: string, names: readonly string[]): Promise<Measure> {
  const base = await baseRoot(folder)
  const needed = await installedFor(base, names)
  const batch = mkdtempSync(join(folder, 'batch-'))
  try {
    return await measured({ batch, base, names, needed })
  } finally {
    rmSync(batch, { recursive: true, force: true })
  }
}

interface Batch {
  /** Where everything is made. */
  readonly batch: string
  readonly base: string
  readonly names: readonly string[]
  readonly needed: readonly string[]
}

async function measured({ batch, base, names, needed }: Batch): Promise<Measure> {
  const own = await downloadDebs(join(batch, 'own'), needed)
  const root = join(batch, 'root')
  await run('cp', ['-a', base, root])
  const changed = await install({ batch, root, names, debs: inOrder(own, needed) })
  const tar = join(batch, 'real.tar')
  await run('tar', ['--xattrs', '--xattrs-include=*', '--numeric-owner', '-cf', tar, '-C', root, '.'])
  const real = openTar(tar, join(batch, 'real.index')).tree
  const debs = [...(await baseDebs(base)), ...own]
  const input = inputOf(await readPackages(batch, debs), real)
  const { notes } = debianRoot(input)
  const unexplained = differences(real, imageOf(input)).filter((line) => !isExplained(line))
  const pathOf = (line: string): string => line.split(' ')[1] ?? ''
  const known = new Set([...changed.values()].flatMap((paths) => [...paths]))
  return {
    outcomes: names.map((name) => ({
      name,
      differences: unexplained.filter((line) => changed.get(name)?.has(pathOf(line)) === true),
      notes: notes.filter((note) => note.package === name),
    })),
    added: unexplained.filter((line) => line.startsWith('adds ') && !known.has(pathOf(line))),
  }
}

/** The archives of the packages of the base, fetched once. */
async function baseDebs(base: string): Promise<readonly string[]> {
  const folder = join(base, '..', 'base-debs')
  const found = (): readonly string[] => readdirSync(join(folder, 'debs')).map((file) => join(folder, 'debs', file))
  if (existsSync(join(folder, 'whole'))) return found()
  const format = `-f=\${Package}=\${Version}\\n`
  const all = await run('dpkg-query', [`--admindir=${join(base, 'var/lib/dpkg')}`, '-W', format])
  await downloadDebs(folder, all.trim().split('\n'))
  writeFileSync(join(folder, 'whole'), '')
  return found()
}

function inOrder(debs: readonly string[], needed: readonly string[]): readonly string[] {
  const byName = new Map(debs.map((deb) => [nameOf(deb), deb]))
  return needed.flatMap((each) => byName.get(each.replace(/(:\w+)?=.*/, '')) ?? [])
}

function nameOf(deb: string): string {
  return basename(deb).replace(/_.*/, '')
}

interface Installation {
  readonly batch: string
  readonly root: string
  readonly names: readonly string[]
  /** In the order of their installation. */
  readonly debs: readonly string[]
}

/** Installs; returns the paths that the installation of each package of the sample touched. */
async function install({ batch, root, names, debs }: Installation): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const changed = join(batch, 'changed')
  mkdirSync(changed)
  await run('cp', [...debs, `${root}/debs`.replace(/debs$/, 'tmp')])
  const sample = new Set(names)
  const steps: string[] = []
  let others: string[] = []
  const flush = (): void => {
    if (others.length > 0) steps.push(`unwatched ${others.join(' ')}`)
    others = []
  }
  for (const deb of debs) {
    const name = nameOf(deb)
    if (sample.has(name)) {
      flush()
      steps.push(`watched ${name} /tmp/${basename(deb)}`)
    } else others.push(`/tmp/${basename(deb)}`)
  }
  flush()
  const script = join(batch, 'install.sh')
  writeFileSync(script, `${prelude}${steps.join('\n')}\n${finish}`)
  const isolated = ['--mount', '--net', '--uts', '--ipc', '--pid', '--fork', '--kill-child']
  await run('unshare', [...isolated, 'sh', script, root, changed])
  return new Map(
    readdirSync(changed).map((name) => [name, new Set(readFileSync(join(changed, name), 'utf8').split('\n'))]),
  )
}

const prelude = `set -eu
root=$1 changed=$2
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
mount -t proc proc "$root/proc"
printf '#!/bin/sh\\nexit 101\\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
dpkg_i() { chroot "$root" dpkg --force-depends --force-unsafe-io -i "$@" >>"$changed.log" 2>&1 || true; }
unwatched() { dpkg_i "$@"; }
watched() {
  touch "$changed.stamp"
  dpkg_i "$2"
  find "$root" -xdev -newercm "$changed.stamp" -printf '%P\\n' > "$changed/$1"
}
`

const finish = `chroot "$root" dpkg --configure -a >>"$changed.log" 2>&1 || { cat "$changed.log"; exit 1; }
rm -f "$root"/tmp/*.deb "$root/usr/sbin/policy-rc.d"
umount "$root/proc"
`
