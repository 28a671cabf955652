/**
 * Files of every Debian system before any package is configured, and additions by base-files' scripts (the Filesystem Hierarchy Standard
 * 3.0 with Debian's changes, Policy 9.1.1; usrmerge).
 */

import { path } from '../../../tree/path.ts'
import { usrAliases } from '../../merged-usr.ts'
import { copy, directory, file, link, type Rule } from './rule.ts'

/** Links of merged /usr. Those for other ABIs only if their targets have entries: a loader is looked for only in /lib64. */
export const mergedUsrLinks: Rule = (closure) =>
  usrAliases.flatMap((alias) => {
    const always = alias === 'bin' || alias === 'sbin' || alias === 'lib'
    const place = path(`usr/${alias}`)
    if (!always && [...closure.files.below(place)].every((entry) => entry.path === place)) return []
    return [...link(alias, `usr/${alias}`)(closure), ...(always ? directory(`usr/${alias}`)(closure) : [])]
  })

const plainDirectories = [
  ...['boot', 'dev', 'etc', 'etc/opt', 'home', 'media', 'mnt', 'opt', 'proc', 'run', 'srv', 'sys', 'usr', 'usr/local'],
  ...['bin', 'etc', 'games', 'include', 'lib', 'sbin', 'share', 'share/man', 'src'].map((name) => `usr/local/${name}`),
  ...['var', 'var/cache', 'var/lib', 'var/log', 'var/opt', 'var/spool'],
]

/** Directories and links of the root. */
export const skeleton: readonly Rule[] = [
  mergedUsrLinks,
  ...plainDirectories.map((name) => directory(name)),
  directory('root', { mode: 0o700 }),
  ...['tmp', 'var/tmp', 'run/lock'].map((name) => directory(name, { mode: 0o1777 })),
  directory('var/mail', { mode: 0o2775, owner: 'root:mail' }),
  directory('var/local', { mode: 0o2775, owner: 'root:staff' }),
  link('var/run', '/run'),
  link('var/lock', '/run/lock'),
  link('var/spool/mail', '../mail'),
  link('usr/local/man', 'share/man'),
]

/** Additions of base-files' postinst to its own files. */
export const baseFilesRules: readonly Rule[] = [
  link('etc/dpkg/origins/default', 'debian'),
  copy('usr/share/base-files/dot.profile', 'root/.profile'),
  copy('usr/share/base-files/dot.bashrc', 'root/.bashrc'),
  copy('usr/share/base-files/profile', 'etc/profile'),
  copy('usr/share/base-files/motd', 'etc/motd'),
  copy('usr/share/base-files/info.dir', 'usr/share/info/dir'),
  file('var/log/wtmp', '', { mode: 0o664, owner: 'root:utmp' }),
  file('var/log/btmp', '', { mode: 0o660, owner: 'root:utmp' }),
  file('var/log/lastlog', '', { mode: 0o664, owner: 'root:utmp' }),
]
