/** Checks of the fields of an image's config (config.md of the OCI image specification; Docker Engine API for what Docker adds). */
import {
  arrayOf,
  type Check,
  checkBoolean,
  checkString,
  integerFrom,
  objectOf,
  orDefault,
  recordOf,
  refuse,
  shown,
} from '../base/check.ts'
import { isPlainObject } from '../base/document.ts'
import type { ContainerConfig } from '../image/image.ts'

/** Checks a string of a config. */
const text: Check<string> = (value, place) => {
  if (isPlainObject(value) && typeof value.path === 'string')
    return refuse(place, value, 'a string that names the package, such as `${pkg}/bin/program`')
  const given = checkString(value, place)
  return given.includes('\0') ? refuse(place, value, 'a string without NUL characters') : given
}

function matching(rule: RegExp, expected: string): Check<string> {
  return (value, place) => {
    const given = typeof value === 'string' ? text(value, place) : refuse(place, value, expected)
    return rule.test(given) ? given : refuse(place, value, expected)
  }
}

/** Checks an array of strings; the message for a single string shows the array to write. */
function words(example: string): Check<readonly string[]> {
  return (value, place) => {
    const meant = typeof value === 'string' ? `one a word, such as ${meantBy(value)}` : `such as ${example}`
    return arrayOf(text, `an array of strings, ${meant}`)(value, place)
  }
}

function meantBy(line: string): string {
  const all = line.trim().split(/\s+/)
  const first = all.slice(0, 8).map((each) => JSON.stringify(each))
  return `[${first.join(', ')}${all.length > first.length ? ', …' : ''}]`
}

const variables: Check<readonly string[]> = (value, place) => {
  const [entry] = isPlainObject(value) ? Object.entries(value) : []
  const example = entry === undefined ? '"PATH=/bin"' : shown(`${entry[0]}=${String(entry[1])}`)
  const variable = matching(/^[^=]+=/s, 'a string of the form NAME=value')
  return arrayOf(variable, `an array of strings, such as [${example}]`)(value, place)
}

const nothing: Check<object> = (value, place) =>
  isPlainObject(value) && Object.keys(value).length === 0 ? {} : refuse(place, value, 'an empty object, {}')

/** Checks a set, written as an object with empty objects as values (config.md: "map[string]struct{}"). */
function setOf(key: Check<string>, example: string): Check<Readonly<Record<string, object>>> {
  return recordOf(nothing, `an object whose keys are the members, such as ${example}`, key)
}

const port: Check<string> = (value, place) => {
  const number = /^([0-9]{1,5})(\/(tcp|udp|sctp))?$/.exec(text(value, place))?.[1]
  return number !== undefined && Number(number) >= 1 && Number(number) <= 65535
    ? text(value, place)
    : refuse(place, value, 'a port from 1 to 65535, with /tcp, /udp or /sctp where it matters, such as "80/tcp"')
}

const absolutePath = matching(/^\//, 'an absolute path, such as "/data"')

/** Checks the command of a health check, whose first word selects how the rest is run (Docker Engine API, HealthConfig.Test). */
const healthTest: Check<readonly string[]> = (value, place) => {
  const test = words('["CMD", "redis-cli", "ping"]')(value, place)
  const [how] = test
  if (how !== undefined && !['NONE', 'CMD', 'CMD-SHELL'].includes(how))
    return refuse(`${place}[0]`, how, '"CMD" (a program and its arguments), "CMD-SHELL" (one line of shell) or "NONE"')
  return how === 'CMD-SHELL' && test.length !== 2
    ? refuse(place, value, 'an array with exactly one string behind "CMD-SHELL"')
    : test
}

/** Docker refuses durations between 0 and one millisecond: they were meant as seconds. */
const nanoseconds: Check<number> = (value, place) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && (value === 0 || value >= 1_000_000)) return value
  const seconds = Number(String(value).replace(/s$/, ''))
  const meant = Number.isSafeInteger(seconds) && seconds > 0 ? `, such as ${seconds}_000_000_000 for ${seconds} s` : ''
  return refuse(place, value, `an integer number of nanoseconds, 0 or at least 1_000_000${meant}`)
}

function countOf(unit: string, least: 0 | -1 = 0): Check<number> {
  const expected = `an integer number of ${unit}${least < 0 ? ' (-1 for no limit)' : ''}`
  return integerFrom(least, Number.MAX_SAFE_INTEGER, expected)
}

const signals =
  'HUP INT QUIT ILL TRAP ABRT IOT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR SYS'

/** Names of Linux signals, with or without SIG, and numbers, as `docker create` takes them. */
const signal = matching(
  new RegExp(
    `^((SIG)?(${signals.replaceAll(' ', '|')}|RTMIN(\\+([1-9]|1[0-5]))?|RTMAX(-([1-9]|1[0-4]))?)|[1-9]|[1-5][0-9]|6[0-4])$`,
  ),
  'the name of a signal, such as "SIGTERM", or its number as a string',
)

const healthcheck = withoutNulls(
  {
    Test: healthTest,
    Interval: nanoseconds,
    Timeout: nanoseconds,
    StartPeriod: nanoseconds,
    StartInterval: nanoseconds,
    Retries: countOf('tries'),
  },
  'an object, such as { Test: ["CMD", "redis-cli", "ping"] }',
)

/** Checks a config and drops its nulls. The fields after Healthcheck are Docker's own. */
export const containerConfig: Check<ContainerConfig> = withoutNulls(
  {
    User: matching(/^[^:\s]+(:[^:\s]+)?$/, '"user", "uid", "user:group" or "uid:gid"'),
    ExposedPorts: setOf(port, '{ "80/tcp": {} }'),
    Env: variables,
    Entrypoint: words('["/bin/program", "--option"]'),
    Cmd: words('["/bin/program", "--option"]'),
    Volumes: setOf(absolutePath, '{ "/data": {} }'),
    WorkingDir: absolutePath,
    Labels: recordOf(text, 'an object of strings, such as { "version": "1" }'),
    StopSignal: signal,
    StopTimeout: countOf('seconds'),
    ArgsEscaped: checkBoolean,
    Memory: countOf('bytes'),
    MemorySwap: countOf('bytes', -1),
    CpuShares: countOf('shares'),
    Healthcheck: healthcheck,
    OnBuild: words('["RUN make"]'),
    Shell: words('["/bin/sh", "-c"]'),
    Hostname: text,
    Domainname: text,
    AttachStdin: checkBoolean,
    AttachStdout: checkBoolean,
    AttachStderr: checkBoolean,
    Tty: checkBoolean,
    OpenStdin: checkBoolean,
    StdinOnce: checkBoolean,
    NetworkDisabled: checkBoolean,
    MacAddress: matching(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i, 'six pairs of hex digits, such as "02:42:ac:11:00:02"'),
  },
  'an object, such as { Cmd: ["/bin/program"] }',
)

/** Checks an object whose fields may be absent or null, and drops those that are. */
function withoutNulls(
  fields: Readonly<Record<string, Check<unknown>>>,
  expected: string,
): Check<Readonly<Record<string, unknown>>> {
  const checks = Object.fromEntries(Object.entries(fields).map(([name, check]) => [name, orDefault(check, undefined)]))
  const all = objectOf<Readonly<Record<string, unknown>>>(checks, expected)
  return (value, place) =>
    Object.fromEntries(Object.entries(all(value, place)).filter(([, given]) => given !== undefined))
}
