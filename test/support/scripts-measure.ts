/**
 * Measures how well maintainer scripts are followed: dpkg unpacks packages in a root of Essential packages and configures them one after
 * another, in the orders that apt gives, and each is compared with an image of the same packages. Needs root, mmdebstrap, apt and dpkg.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { PackageNote } from '../../src/debian/root/input.ts'
import { debianRoot } from '../../src/debian/root/root.ts'
import { openTar } from '../../src/store/tar/tree.ts'
import { path } from '../../src/tree/path.ts'
import { run } from './command.ts'
import { differences, inputOf, isExplained, machineSources, textOf } from './configured.ts'
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
  const options = [
    '--quiet',
    '--mode=root',
    '--format=directory',
    '--variant=essential',
    '--include=usr-is-merged,passwd',
  ]
  await run('mmdebstrap', [...options, suite, root, '-'], { input: [Buffer.from(`${lines.join('\n')}\n`)] })
  return root
}

/** What apt would do for some packages. */
export interface Plan {
  /** `name=version`, in the order of unpacking. */
  readonly unpacked: readonly string[]
  /** Names, in the order of configuration. */
  readonly configured: readonly string[]
}

/** Asks apt what it would install in a root. @throws Error when it finds no way */
export async function planFor(root: string, names: readonly string[]): Promise<Plan> {
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
  return {
    unpacked: [...simulated.matchAll(/^Inst (\S+) \((\S+)/gm)].map(([, name, version]) => `${name}=${version}`),
    configured: [...simulated.matchAll(/^Conf (\S+)/gm)].map(([, name = '']) => name),
  }
}

/** Measures packages that can be installed together. */
export async function measureScripts(folder: string, names: readonly string[]): Promise<Measure> {
  const base = await baseRoot(folder)
  const plan = await planFor(base, names)
  const batch = mkdtempSync(join(folder, 'batch-'))
  try {
    return await measured({ batch, base, names, plan })
  } finally {
    rmSync(batch, { recursive: true, force: true })
  }
}

interface Batch {
  /** Where everything is made. */
  readonly batch: string
  readonly base: string
  readonly names: readonly string[]
  readonly plan: Plan
}

async function measured({ batch, base, names, plan }: Batch): Promise<Measure> {
  const own = await downloadDebs(join(batch, 'own'), plan.unpacked)
  const root = join(batch, 'root')
  await run('cp', ['-a', base, root])
  const touched = await install({ batch, root, names, plan, debs: own })
  const tar = join(batch, 'real.tar')
  await run('tar', ['--xattrs', '--xattrs-include=*', '--numeric-owner', '-cf', tar, '-C', root, '.'])
  const real = openTar(tar, join(batch, 'real.index')).tree
  const packages = await readPackages(batch, [...(await baseDebs(base)), ...own])
  const input = inputOf(packages, real)
  const image = imageOf(input)
  const { notes } = debianRoot(input)
  const found = [
    ...differences(real, image).filter((line) => !isExplained(line) && !isApart(subjectOf(line))),
    ...accountFiles.flatMap((file) => accountDifferences(textOf(real, file), textOf(image, file))),
  ]
  const shipped = new Map(packages.map(({ name, tree }) => [name, tree]))
  const isOf = (name: string, line: string): boolean =>
    touched.get(name)?.has(subjectOf(line)) === true ||
    (!subjectOf(line).includes(':') && shipped.get(name)?.get(path(subjectOf(line))) !== undefined)
  return {
    outcomes: names.map((name) => ({
      name,
      differences: found.filter((line) => isOf(name, line)),
      notes: notes.filter((note) => note.package === name),
    })),
    added: found.filter((line) => line.startsWith('adds ') && ![...shipped.keys()].some((name) => isOf(name, line))),
  }
}

/** The path, or the account as its first field and ":", that a difference is about. */
function subjectOf(line: string): string {
  return line.split(' ')[1] ?? ''
}

// Many packages change these: they are compared line by line.
const accountFiles = ['etc/passwd', 'etc/group']

/** Tells whether a file is not compared like others: it is one of these, or what `install` gave the root a name with. */
function isApart(path: string): boolean {
  return accountFiles.includes(path) || path === 'etc/hosts'
}

function accountDifferences(real: string, ours: string): readonly string[] {
  const [theirs, mine] = [real.split('\n'), ours.split('\n')]
  const shown = (kind: string, line: string): string => `${kind} ${line.split(':')[0]}: ${line}`
  return [
    ...theirs.filter((line) => !mine.includes(line)).map((line) => shown('lacks', line)),
    ...mine.filter((line) => !theirs.includes(line)).map((line) => shown('adds', line)),
  ]
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

function nameOf(deb: string): string {
  return basename(deb).replace(/_.*/, '')
}

interface Installation {
  readonly batch: string
  readonly root: string
  readonly names: readonly string[]
  readonly plan: Plan
  readonly debs: readonly string[]
}

/** Installs; returns the paths and accounts (`name:`) that the configuration of each package of the sample touched. */
async function install(installation: Installation): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { batch, root, debs } = installation
  const changed = join(batch, 'changed')
  mkdirSync(changed)
  await run('cp', [...debs, join(root, 'tmp')])
  const script = join(batch, 'install.sh')
  writeFileSync(script, `${prelude}${steps(installation).join('\n')}\n${finish}`)
  const isolated = ['--mount', '--net', '--uts', '--ipc', '--pid', '--fork', '--kill-child']
  await run('unshare', [...isolated, 'sh', script, root, changed])
  return new Map(
    readdirSync(changed).map((name) => [name, new Set(readFileSync(join(changed, name), 'utf8').split('\n'))]),
  )
}

/** The calls of the script: packages of the sample are configured alone, all others together with their neighbours. */
function steps({ names, plan, debs }: Installation): readonly string[] {
  const byName = new Map(debs.map((deb) => [nameOf(deb), `/tmp/${basename(deb)}`]))
  const unpacked = plan.unpacked.flatMap((each) => byName.get(each.replace(/(:\w+)?=.*/, '')) ?? [])
  const sample = new Set(names)
  const calls: string[] = []
  let others: string[] = []
  const flush = (): void => {
    if (others.length > 0) calls.push(`in_root --configure ${others.join(' ')}`)
    others = []
  }
  for (const name of plan.configured) {
    if (sample.has(name)) {
      flush()
      calls.push(`watched ${name}`)
    } else others.push(name)
  }
  flush()
  return [`in_root --unpack ${unpacked.join(' ')}`, ...calls]
}

const prelude = `set -eu
root=$1 changed=$2
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
hostname debian
printf '127.0.0.1 localhost\\n127.0.1.1 debian.localdomain debian\\n' > "$root/etc/hosts"
mount -t proc proc "$root/proc"
printf '#!/bin/sh\\nexit 101\\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
in_root() { chroot "$root" dpkg --force-depends --force-unsafe-io "$@" >>"$changed.log" 2>&1 || true; }
accounts() { cat "$root/etc/passwd" "$root/etc/group" > "$1"; }
watched() {
  touch "$changed.stamp"
  accounts "$changed.before"
  in_root --configure "$1"
  find "$root" -xdev -newercm "$changed.stamp" -printf '%P\\n' > "$changed/$1"
  accounts "$changed.after"
  diff "$changed.before" "$changed.after" | sed -n 's/^> \\([^:]*:\\).*/\\1/p' >> "$changed/$1"
}
`

const finish = `chroot "$root" dpkg --configure -a >>"$changed.log" 2>&1 || { cat "$changed.log"; exit 1; }
rm -f "$root"/tmp/*.deb "$root/etc/hosts" "$root/usr/sbin/policy-rc.d"
umount "$root/proc"
`
