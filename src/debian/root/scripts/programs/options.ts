/** Splits the words of a command into options and operands, as getopt does. */

/** Options by name (without dashes) with their values, "" for those without one. */
export interface Split {
  readonly options: ReadonlyMap<string, string | undefined>
  readonly operands: readonly (string | undefined)[]
}

/**
 * @param short - letters; one with a value is followed by ":"
 * @param long - names of long options with a separate value
 */
export function split(words: readonly (string | undefined)[], short: string, long: readonly string[] = []): Split {
  const options = new Map<string, string | undefined>()
  const operands: (string | undefined)[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at]
    if (word === '--') {
      operands.push(...words.slice(at + 1))
      break
    }
    if (word === undefined || !/^-./.test(word)) operands.push(word)
    else if (word.startsWith('--')) {
      const [name = '', value] = word.slice(2).split(/=(.*)/s)
      options.set(name, value ?? (long.includes(name) ? words[++at] : ''))
    } else at += shortOptions(word.slice(1), { short, options, next: words[at + 1] })
  }
  return { options, operands }
}

/** @returns number of additional words consumed */
function shortOptions(
  letters: string,
  {
    short,
    options,
    next,
  }: { readonly short: string; readonly options: Map<string, string | undefined>; readonly next: string | undefined },
): number {
  for (let at = 0; at < letters.length; at++) {
    const letter = letters.charAt(at)
    if (!short.includes(`${letter}:`)) {
      options.set(letter, '')
      continue
    }
    const attached = letters.slice(at + 1)
    options.set(letter, attached === '' ? next : attached)
    return attached === '' ? 1 : 0
  }
  return 0
}
