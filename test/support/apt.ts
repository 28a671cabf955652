/**
 * The real apt, as an oracle: the machine's own package lists, and a small private copy of the packages that some others may need, so that
 * a simulation takes a fraction of a second.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { IndexedPackages } from '../../src/debian/archive/universe.ts'
import { parseParagraphs } from '../../src/format/control.ts'
import { indexPackages, openPackagesIndex, type Place } from '../../src/format/packages-index.ts'

/** Why a test with the machine's package lists is skipped; false if it runs. */
export function aptSkip(): string | false {
  try {
    return packagesFiles().length > 0 ? false : 'apt has no lists of Debian here: run `apt-get update`'
  } catch {
    return 'apt is not installed'
  }
}

/** The machine's `Packages` files, as apt keeps them. */
export function machineLists(): readonly IndexedPackages[] {
  return packagesFiles().map(({ file, security }) => {
    const bytes = execFileSync('/usr/lib/apt/apt-helper', ['cat-file', file], { maxBuffer: 1 << 30 })
    const index = openPackagesIndex(indexPackages([bytes]))
    if (index === undefined) throw new Error(`unreachable: ${file} has no index`)
    const paragraph = ({ offset, size }: Place) => bytes.toString('latin1', offset, offset + size)
    return { base: security ? 'security' : 'archive', index, paragraph }
  })
}

function packagesFiles(): readonly { readonly file: string; readonly security: boolean }[] {
  const text = execFileSync('apt-get', ['indextargets', 'Created-By: Packages', 'Origin: Debian'], { encoding: 'utf8' })
  return parseParagraphs(text).flatMap((target) => {
    const file = target.get('filename')
    return file === undefined ? [] : [{ file, security: target.get('codename')?.endsWith('-security') === true }]
  })
}

/** A private apt: its own sources, lists and caches below a directory. */
export interface PrivateApt {
  /** Packages that `apt-get -s install` would install on an empty machine, `name version` sorted; undefined if it cannot. */
  install(names: readonly string[]): Promise<readonly string[] | undefined>
}

/** An apt that knows some packages and everything that could be chosen for their dependencies. */
export function privateApt(folder: string, names: readonly string[], lists: readonly IndexedPackages[]): PrivateApt {
  const repository = join(folder, 'repository')
  for (const each of ['repository', 'lists/partial', 'cache/archives/partial', 'parts'])
    mkdirSync(join(folder, each), { recursive: true })
  const wanted = possible(names, lists)
  const texts = lists.flatMap(({ index, paragraph }) => wanted.flatMap((name) => index.placesOf(name).map(paragraph)))
  writeFileSync(join(repository, 'Packages'), `${texts.join('\n\n')}\n`, 'latin1')
  writeFileSync(join(folder, 'sources.list'), `deb [trusted=yes] file:${repository} ./\n`)
  const options = Object.entries({
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': join(folder, 'parts'),
    'Dir::Etc::preferencesparts': join(folder, 'parts'),
    'Dir::Etc::preferences': join(folder, 'none'),
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::State::Status': '/dev/null',
    'Dir::State::extended_states': join(folder, 'none'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Cache::pkgcache': 'packages.bin',
    'Dir::Cache::srcpkgcache': 'sources.bin',
    'APT::Install-Recommends': '0',
    'APT::Sandbox::User': 'root',
    'APT::Update::Post-Invoke-Success::': 'true',
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  execFileSync('apt-get', [...options, '-qq', 'update'], { env: environment, stdio: 'ignore' })
  execFileSync('apt-get', [...options, '-qq', 'check'], { env: environment, stdio: 'ignore' })
  return { install: (roots) => simulate(options, roots) }
}

/** The machine's apt with all its lists: takes seconds for each answer. */
export const wholeApt: PrivateApt = {
  install: (roots) =>
    simulate(
      ['Dir::State::Status=/dev/null', 'Dir::State::extended_states=/nonexistent', 'APT::Install-Recommends=0'].flatMap(
        (option) => ['-o', option],
      ),
      roots,
    ),
}

const environment: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C' }

async function simulate(options: readonly string[], roots: readonly string[]): Promise<readonly string[] | undefined> {
  const child = spawn('apt-get', [...options, '-s', 'install', ...roots], { env: environment })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  child.stderr.resume()
  const code = await new Promise<number | null>((done) => child.on('close', done))
  if (code !== 0) return undefined
  return [...text.matchAll(/^Inst (\S+) \((\S+) /gm)]
    .map(([, name, version]) => `${name?.replace(/:.*/, '')} ${version}`)
    .sort()
}

/** Names that any choice could reach. */
function possible(names: readonly string[], lists: readonly IndexedPackages[]): readonly string[] {
  const reached = new Set<string>()
  const open = [...names]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue
    reached.add(name)
    for (const { index, paragraph } of lists) {
      open.push(...index.providersOf(name))
      for (const place of index.placesOf(name)) {
        const fields = /^(?:Pre-)?Depends: (.*)$/gm
        for (const [, value = ''] of paragraph(place).matchAll(fields)) {
          open.push(...value.split(/[,|]/).map((word) => /^\s*([^\s(:]+)/.exec(word)?.[1] ?? ''))
        }
      }
    }
  }
  return [...reached].sort()
}
