/** Search for packages by words of their names and short descriptions. */
import type { IndexedPackages, Universe } from './universe.ts'

/** Package that a search found. */
export interface FoundPackage {
  /** Name of the package, as `pkgs` takes it. */
  readonly name: string
  /** Newest version that a set may choose. */
  readonly version: string
  /** First line of its description. */
  readonly description: string
}

/**
 * Returns the packages whose name or description has every word, whatever its case: first those with the words in their names, the shortest
 * name first.
 */
export function searchPackages(
  files: readonly IndexedPackages[],
  universe: Universe,
  words: readonly string[],
): readonly FoundPackage[] {
  const wanted = words.map((word) => word.toLowerCase())
  const descriptions = new Map<string, string>()
  for (const file of files) {
    for (const name of file.index.names()) {
      const description = descriptionIn(file, name)
      const text = `${name} ${description.toLowerCase()}`
      if (wanted.every((word) => text.includes(word))) descriptions.set(name, description)
    }
  }
  const rank = (name: string): number => (wanted.every((word) => name.includes(word)) ? name.length : longestName)
  return [...descriptions.keys()]
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .flatMap((name) => {
      const version = universe.candidate(name)?.locked.version
      return version === undefined ? [] : [{ name, version, description: descriptions.get(name) ?? '' }]
    })
}

const longestName = 1000

function descriptionIn({ index, paragraph }: IndexedPackages, name: string): string {
  const place = index.placesOf(name).at(-1)
  const [, text = ''] = (place === undefined ? null : /^Description: (.*)$/m.exec(paragraph(place))) ?? []
  return Buffer.from(text, 'latin1').toString('utf8').trim()
}
