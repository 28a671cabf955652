/** Order in which packages are configured: dependencies first, cycles broken by name. */
import { parseParagraph, parseRelations } from '../../../format/control.ts'
import { controlText, type RootPackage } from '../input.ts'

/** Sorts packages that are in name order. */
export function inConfigurationOrder(packages: readonly RootPackage[]): readonly RootPackage[] {
  const byName = new Map(packages.map((each) => [each.name, each]))
  const ordered = new Set<RootPackage>()
  const entered = new Set<RootPackage>()
  const open: { readonly each: RootPackage; readonly left: RootPackage[] }[] = []
  const enter = (each: RootPackage): void => {
    if (entered.has(each)) return
    entered.add(each)
    open.push({ each, left: neededBy(each, byName).reverse() })
  }
  for (const each of packages) {
    enter(each)
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const next = top.left.pop()
      if (next !== undefined) enter(next)
      else {
        ordered.add(top.each)
        open.pop()
      }
    }
  }
  return [...ordered]
}

function neededBy(each: RootPackage, byName: ReadonlyMap<string, RootPackage>): RootPackage[] {
  const fields = parseParagraph(controlText(each, 'control'))
  const groups = ['pre-depends', 'depends'].flatMap((field) => parseRelations(fields.get(field) ?? ''))
  const names = new Set(groups.flat().map(({ name }) => name))
  return [...names].sort().flatMap((name) => byName.get(name) ?? [])
}
