/** `WWW-Authenticate`: which kinds of credentials a server asks for (RFC 9110 11.6.1). */

/** One challenge. Names of parameters are in lower case. */
export interface Challenge {
  /** In lower case: "bearer", "basic". */
  readonly scheme: string
  readonly parameters: ReadonlyMap<string, string>
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const quoted = '"(?:[^"\\\\]|\\\\.)*"'
const parameterRule = new RegExp(`^(${token})[ \\t]*=[ \\t]*(${token}|${quoted})`)
const schemeRule = new RegExp(`^(${token})(?=[ \\t,]|$)`)
/** A `token68`, which takes the place of parameters. */
const token68Rule = /^[A-Za-z0-9._~+/-]+=*(?=[ \t]*(,|$))/
/** Longer headers come from no server that means well. */
const longest = 16_384

/** All challenges of an answer, in order; what cannot be read ends its header. */
export function parseChallenges(headers: readonly string[]): readonly Challenge[] {
  return headers.flatMap((header) => [...challengesIn(header.slice(0, longest))])
}

function* challengesIn(header: string): Iterable<Challenge> {
  let rest = header
  for (;;) {
    rest = rest.replace(/^[ \t,]+/, '')
    const [scheme] = schemeRule.exec(rest) ?? []
    if (scheme === undefined) return
    rest = rest.slice(scheme.length).replace(/^[ \t]+/, '')
    const parameters = new Map<string, string>()
    rest = takeParameters(rest, parameters)
    yield { scheme: scheme.toLowerCase(), parameters }
  }
}

/** Takes `name=value, …`, up to the next scheme; gives what is left. */
function takeParameters(text: string, parameters: Map<string, string>): string {
  let rest = text
  for (;;) {
    const [all, name, value] = parameterRule.exec(rest) ?? []
    if (all === undefined || name === undefined || value === undefined) break
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), unquoted(value))
    rest = rest.slice(all.length)
    const after = rest.replace(/^[ \t]*,[ \t,]*/, '')
    if (!parameterRule.test(after)) return rest
    rest = after
  }
  return parameters.size === 0 ? rest.replace(token68Rule, '') : rest
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
}
