/**
 * update-alternatives' own record of each group (`/var/lib/dpkg/alternatives/<name>`; format: dpkg's update-alternatives.c,
 * `alternative_save`): state, link, slaves, a blank line, then each target with its priority and its slaves' targets, a blank line.
 */
import type { Alternative } from './alternatives.ts'

/** A recorded group. In manual mode its link is the user's choice, and stays. */
export interface AlternativeGroup {
  readonly state: 'auto' | 'manual'
  readonly alternatives: readonly Alternative[]
}

/** Records of all groups, by name; all are in automatic mode. */
export function formatAlternatives(alternatives: readonly Alternative[]): ReadonlyMap<string, string> {
  const groups = Map.groupBy(alternatives, ({ name }) => name)
  return new Map([...groups].map(([name, members]) => [name, formatGroup({ state: 'auto', alternatives: members })]))
}

/** Formats one group's record. Inverse of `parseGroup`. */
export function formatGroup({ state, alternatives: members }: AlternativeGroup): string {
  const slaves = new Map(members.flatMap((member) => member.slaves.map(({ name, link }) => [name, link] as const)))
  const names = [...slaves.keys()].sort()
  const targets = [...members].sort((a, b) => (a.target < b.target ? -1 : 1))
  return [
    state,
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

/** Parses one group's record; undefined if it is not valid. Inverse of `formatGroup`. */
export function parseGroup(name: string, text: string): AlternativeGroup | undefined {
  const lines = text.split('\n')
  const [state, link = ''] = lines
  if (state !== 'auto' && state !== 'manual') return undefined
  const end = lines.indexOf('', 2)
  const slaves = lines
    .slice(2, end)
    .flatMap((line, at, all) => (at % 2 === 0 ? [{ name: line, link: all[at + 1] ?? '' }] : []))
  const alternatives: Alternative[] = []
  for (let at = end + 1; (lines[at] ?? '') !== ''; at += 2 + slaves.length) {
    const [target = '', priority, ...targets] = lines.slice(at, at + 2 + slaves.length)
    const own = slaves.flatMap((slave, index) => {
      const leads = targets[index] ?? ''
      return leads === '' ? [] : [{ ...slave, target: leads }]
    })
    alternatives.push({ link, name, target, priority: Number(priority), slaves: own })
  }
  return { state, alternatives }
}
