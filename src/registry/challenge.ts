/** Parses `WWW-Authenticate`: the kinds of credentials that a server accepts (RFC 9110 11.6.1). */

/** A challenge. Names of parameters are in lower case. */
export interface Challenge {
  /** In lower case: "bearer", "basic". */
  readonly scheme: string
  readonly parameters: ReadonlyMap<string, string>
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const quoted = '"(?:[^"\\\\]|\\\\.)*"'
const parameterRule = new RegExp(`^(${token})[ \\t]*=[ \\t]*(${token}|${quoted})`)
const schemeRule = new RegExp(`^(${token})(?=[ \\t,]|$)`)
/** A `token68`, which replaces parameters. */
const token68Rule = /^[A-Za-z0-9._~+/-]+=*(?=[ \t]*(,|$))/
/** No honest server sends longer headers. */
const longest = 16_384

/** Parses all challenges of a response, in order; a syntax error ends its header. */
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

/** Parses `name=value, …`, up to the next scheme; returns the rest. */
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
