/** Account files of an image as entries, and base-passwd's tables, read from its package. */
import { contentOf } from '../../base/bytes.ts'
import { fail } from '../../base/error.ts'
import { type Entry, type Metadata, plain } from '../../tree/entry.ts'
import { path } from '../../tree/path.ts'
import type { Tree } from '../../tree/tree.ts'
import type { AccountDatabase } from './account-database.ts'
import { formatAccounts, parseMasters } from './account-files.ts'

/** Static users and groups. @throws BuildError debian.data-missing */
export function mastersOf(sources: Tree): AccountDatabase {
  const [passwd, group] = ['passwd', 'group'].map((name) => sources.read(path(`usr/share/base-passwd/${name}.master`)))
  if (passwd !== undefined && group !== undefined)
    return parseMasters(Buffer.from(passwd).toString('utf8'), Buffer.from(group).toString('utf8'))
  return fail(
    'debian.data-missing',
    'The package base-passwd, which has the users of every Debian system, is missing.',
    {
      remedy: 'Run `slipway lock --update FILE`; the archive must have base-passwd.',
    },
  )
}

/** Users and groups in an image's own files, as over a base. */
export function accountsIn(files: Tree): AccountDatabase {
  const [passwd, group] = ['passwd', 'group'].map((name) => files.read(path(`etc/${name}`)))
  return parseMasters(Buffer.from(passwd ?? []).toString('utf8'), Buffer.from(group ?? []).toString('utf8'))
}

/** /etc/passwd, group, shadow and gshadow. */
export function accountEntries(accounts: AccountDatabase): readonly Entry[] {
  const { passwd, group, shadow, gshadow } = formatAccounts(accounts)
  const shadowOwner = accounts.groups.find(({ name }) => name === 'shadow')
  const secret = plain(0o640, { gid: shadowOwner?.gid ?? 0, gname: shadowOwner?.name ?? 'root' })
  const file = (name: string, text: string, metadata: Metadata): Entry => ({
    ...{ kind: 'file', path: path(`etc/${name}`), metadata, content: contentOf(text) },
  })
  return [
    file('passwd', passwd, plain(0o644)),
    file('group', group, plain(0o644)),
    file('shadow', shadow, secret),
    file('gshadow', gshadow, secret),
  ]
}
