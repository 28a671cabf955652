/** Closures for tests of layering: named objects with sizes and references. */
import fc from 'fast-check'
import { digestOf } from '../../src/base/digest.ts'
import type { Closure } from '../../src/store/store.ts'
import { namePart, recipePath, type StorePath } from '../../src/store/store-path.ts'

/** Name → size and the names that it refers to. */
export type Spec = Readonly<Record<string, readonly [size: number, references: readonly string[]]>>

/** Store path for a name. */
export function pathOf(name: string): StorePath {
  return recipePath(name, name)
}

/** Closure of a spec; nodes in the spec's order. */
export function closureFrom(spec: Spec): Closure {
  const names = Object.entries(spec)
  return {
    roots: names.map(([name]) => pathOf(name)),
    nodes: new Map(names.map(([name, [size]]) => [pathOf(name), { info: infoOf(pathOf(name)), as: 'store', size }])),
    edges: new Map(names.map(([name, [, references]]) => [pathOf(name), references.map(pathOf)])),
  }
}

/** Formats groups: "glibc | openssl zlib". */
export function shown(groups: readonly (readonly StorePath[])[]): string {
  return groups.map((group) => group.map(namePart).join(' ')).join(' | ')
}

/** The example of nixpkgs' layering: sizes in MB. */
export const numpyApp: Spec = {
  glibc: [30, []],
  zlib: [1, ['glibc']],
  openssl: [6, ['glibc']],
  python: [90, ['openssl', 'zlib', 'glibc']],
  openblas: [25, ['glibc']],
  numpy: [40, ['python', 'openblas', 'glibc']],
  bash: [2, ['glibc']],
  app: [3, ['python', 'numpy', 'bash']],
}

/** Acyclic graphs: node i refers to later ones only. */
export function acyclicSpecs(most: number = 12): fc.Arbitrary<Spec> {
  return graphSpecs(most, (from, to) => from < to)
}

/** Arbitrary graphs, including cycles. */
export function anySpecs(most: number = 10): fc.Arbitrary<Spec> {
  return graphSpecs(most, (from, to) => from !== to)
}

function graphSpecs(most: number, allows: (from: number, to: number) => boolean): fc.Arbitrary<Spec> {
  const node = fc.record({
    size: fc.nat({ max: 5 }),
    references: fc.uniqueArray(fc.nat({ max: most - 1 }), { maxLength: 5 }),
  })
  return fc.array(node, { minLength: 1, maxLength: most }).map((nodes) => {
    const spec: Record<string, readonly [number, readonly string[]]> = {}
    nodes.forEach(({ size, references }, from) => {
      const targets = references.filter((to) => to < nodes.length && allows(from, to))
      spec[`n${from}`] = [size, targets.map((to) => `n${to}`)]
    })
    return spec
  })
}

function infoOf(path: StorePath): {
  path: StorePath
  narHash: `sha256:${string}`
  narSize: number
  references: []
  signatures: []
} {
  return { path, narHash: digestOf(path), narSize: 0, references: [], signatures: [] }
}
