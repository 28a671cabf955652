/**
 * Files that small images lack: users, a shell, `env`, certificates (dockertools.md of the manual: `fakeNss`, `binSh`, `usrBinEnv`,
 * `caCertificates`).
 */
import { checkArguments, checkStrings, orDefault } from '../base/check.ts'
import type { Maker, Package } from '../source/package.ts'
import { define } from '../source/placeholder.ts'
import { treeMaker } from '../source/tree-maker.ts'
import { directory, file, memoryTree, symlink } from '../tree/memory.ts'

/** Lines to add to the files of `fakeNss`, between those of root and nobody. */
export interface FakeNssArguments {
  /**
   * Lines of `/etc/passwd`, as passwd(5) has them.
   *
   * @example ['redis:x:999:999::/data:/bin/sh']
   */
  readonly extraPasswdLines?: readonly string[] | null
  /**
   * Lines of `/etc/group`, as group(5) has them.
   *
   * @example ['redis:x:999:']
   */
  readonly extraGroupLines?: readonly string[] | null
}

/** Package of `/etc/passwd` and `/etc/group` (root and nobody), `/etc/nsswitch.conf` and an empty `/var/empty`. */
export interface FakeNss extends Package {
  /**
   * Returns the same package with further lines.
   *
   * @example dockerTools.fakeNss.override({ extraPasswdLines: ['redis:x:999:999::/data:/bin/sh'] })
   * @throws BuildError argument.*
   */
  override(given: FakeNssArguments): FakeNss
}

/** Makes `fakeNss`. @throws BuildError argument.invalid, argument.unknown */
export function makeFakeNss(given: FakeNssArguments = {}): FakeNss {
  const { extraPasswdLines, extraGroupLines } = checkArguments('fakeNss', given, {
    extraPasswdLines: orDefault(checkStrings, []),
    extraGroupLines: orDefault(checkStrings, []),
  })
  const passwd = [
    'root:x:0:0:root user:/var/empty:/bin/sh',
    ...extraPasswdLines,
    'nobody:x:65534:65534:nobody:/var/empty:/bin/sh',
  ]
  const group = ['root:x:0:', ...extraGroupLines, 'nobody:x:65534:']
  const made = define({
    maker: 'fake-nss-1',
    name: 'fake-nss',
    arguments: { passwd: lines(passwd), group: lines(group) },
  })
  return Object.freeze({ ...made, override: makeFakeNss })
}

/** Describes a package with one link. */
export function linkPackage(name: string, links: Readonly<Record<string, string>>): Package {
  return define({ maker: 'links-1', name, arguments: { links } })
}

/** Makes `fakeNss`. */
export const fakeNssMaker: Maker<{ readonly passwd: string; readonly group: string }> = treeMaker(({ passwd, group }) =>
  memoryTree({
    '': directory(),
    'etc/passwd': file(passwd),
    'etc/group': file(group),
    'etc/nsswitch.conf': file('hosts: files dns\n'),
    'var/empty': directory(),
  }),
)

/** Makes packages of links. */
export const linksMaker: Maker<{ readonly links: Readonly<Record<string, string>> }> = treeMaker(({ links }) =>
  memoryTree({
    '': directory(),
    ...Object.fromEntries(Object.entries(links).map(([at, to]) => [at, symlink(to)])),
  }),
)

function lines(each: readonly string[]): string {
  return each.map((line) => `${line.trimEnd()}\n`).join('')
}
