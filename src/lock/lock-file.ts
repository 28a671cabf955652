/**
 * `slipway.lock`: all sets of a project, as JSON that people read and merge.
 *
 * `formatLock` and `parseLock` (strict) are inverses. Each kind of set has its own reader and its own lines.
 */
import { shown } from '../base/check.ts'
import { fail } from '../base/error.ts'
import { sorted } from './lines.ts'
import { fieldsOf, goTo, parseJson, type Reader, refuse } from './reader.ts'
import type { Lock, LockEntry, SetKind, SetKinds } from './set-kind.ts'

const formatVersion = 1

/** Formats a lock. Inverse of `parseLock`. */
export function formatLock(lock: Lock): string {
  const sets = sorted(lock).map(([key, { kind, set }]) => `    ${JSON.stringify(key)}: ${kind.lines(set)}`)
  return `{\n  "format": ${formatVersion},\n  "sets": {\n${sets.join(',\n')}\n  }\n}\n`
}

/** Parses a lock. Inverse of `formatLock`. @throws BuildError lock.invalid, lock.conflict-markers */
export async function parseLock(text: string, file: string, kinds: SetKinds): Promise<Lock> {
  refuseMarkers(text, file)
  const reader: Reader = { file, text, at: 0 }
  const top = fieldsOf(reader, parseJson(reader), 'the lock')
  if (top.format !== formatVersion)
    refuse(
      goTo(reader, 'format'),
      `${top.format === undefined ? 'has no "format"' : `has format ${shown(top.format)}`}; this slipway reads format ${formatVersion}`,
    )
  const lock = new Map<string, LockEntry>()
  for (const [key, value] of Object.entries(fieldsOf(reader, top.sets, 'sets'))) {
    const at = goTo(reader, key)
    const kind = await kindOf(key, kinds, at)
    lock.set(key, { kind, set: kind.read(at, value) })
  }
  return lock
}

async function kindOf(key: string, kinds: SetKinds, reader: Reader): Promise<SetKind> {
  const [name = ''] = key.split(' ', 1)
  return (
    (await kinds.get(name)?.load()) ??
    refuse(reader, `has a set of the kind ${JSON.stringify(name)}, which this slipway does not know`)
  )
}

function refuseMarkers(text: string, file: string): void {
  const marker = text.split('\n').findIndex((line) => /^(<{7}|={7}|>{7}|\|{7})( |\r?$)/.test(line))
  if (marker >= 0) {
    fail('lock.conflict-markers', `${file}:${marker + 1}: the lock has a merge conflict in it.`, {
      remedy:
        'Take either side (`git checkout --theirs -- slipway.lock`), then run `slipway lock FILE`, which adds what is missing.',
      detail: { file, line: marker + 1 },
    })
  }
}
