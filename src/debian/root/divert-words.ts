/** Parses the arguments of a dpkg-divert command (dpkg-divert(1)). */

/** A parsed dpkg-divert command. */
export interface Said {
  action: 'add' | 'remove' | 'ask'
  by?: string | undefined
  to?: string | undefined
  file?: string | undefined
}

const asking = new Set(['--list', '--listpackage', '--truename', '--help', '--version'])
const withValue = new Set(['--admindir', '--instdir', '--root'])

/** Parses the arguments of dpkg-divert. */
export function parseWords(words: readonly (string | undefined)[]): Said {
  const said: Said = { action: 'add' }
  let to: { readonly name: string | undefined } | undefined
  for (let index = 0; index < words.length; index++) {
    const word = words[index]
    if (word === '--package') said.by = words[++index]
    else if (word === '--divert') to = { name: words[++index] }
    else if (word !== undefined && withValue.has(word)) index++
    else if (word === '--remove') said.action = 'remove'
    else if (word !== undefined && asking.has(word)) said.action = 'ask'
    else if (word?.startsWith('/') === true) said.file = word
  }
  return { ...said, to: to === undefined ? `${said.file}.distrib` : to.name }
}
