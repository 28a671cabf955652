/** Reads a small member of an archive or a layout whole. */
import { gather } from '../base/bytes.ts'
import { fail } from '../base/error.ts'
import type { Members } from './members.ts'

/** Reads a member. @throws BuildError archive.invalid - it is missing or longer than `limit` bytes */
export function documentOfMember(members: Members, name: string, limit: number): Uint8Array {
  const content = members.content(name)
  if (content !== undefined && content.size <= limit) return gather(content.open())
  const what = content === undefined ? 'is missing' : `has ${content.size} bytes, more than any such document`
  return fail('archive.invalid', `${members.place}: "${name}" ${what}.`, {
    remedy: 'Download or create the archive again.',
    detail: { place: members.place, member: name },
  })
}
