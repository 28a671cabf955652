/**
 * update-alternatives' own record of each group (`/var/lib/dpkg/alternatives/<name>`; format: dpkg's update-alternatives.c,
 * `alternative_save`): state, link, slaves, a blank line, then each target with its priority and its slaves' targets, a blank line.
 */
import type { Alternative } from './alternatives.ts'

/** The record of each group, by name; all are in automatic mode. */
export function formatAlternatives(alternatives: readonly Alternative[]): ReadonlyMap<string, string> {
  const groups = Map.groupBy(alternatives, ({ name }) => name)
  return new Map([...groups].map(([name, members]) => [name, formatGroup(members)]))
}

function formatGroup(members: readonly Alternative[]): string {
  const slaves = new Map(members.flatMap((member) => member.slaves.map(({ name, link }) => [name, link] as const)))
  const names = [...slaves.keys()].sort()
  const targets = [...members].sort((a, b) => (a.target < b.target ? -1 : 1))
  return [
    'auto',
    ...members.slice(0, 1).map(({ link }) => link),
    ...names.flatMap((name) => [name, slaves.get(name) ?? '']),
    '',
    ...targets.flatMap(({ target, priority, slaves: own }) => [
      target,
      String(priority),
      ...names.map((name) => own.find((slave) => slave.name === name)?.target ?? ''),
    ]),
    '',
    '',
  ].join('\n')
}
