/**
 * Checks the `config` argument of the image builders: the container part of an image's config.
 *
 * The fields are those of the OCI image specification (config.md, "config") and those that Docker adds. Every wrong field and every
 * unknown key is named at once, with its place. `null` says "left out", as in the dockerTools manual. What a container runtime would
 * refuse later (a relative working directory, a command that is one text, a health check in seconds) is refused here.
 */
import * as z from 'zod/mini'
import { isPlainObject } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { didYouMean } from '../base/nearest.ts'
import type { ContainerConfig } from '../image/image.ts'

type Optional<T> = T | null | undefined

/** A health check as Docker runs it; durations are whole nanoseconds. */
export interface HealthcheckInput {
  readonly Test?: Optional<readonly string[]>
  readonly Interval?: Optional<number>
  readonly Timeout?: Optional<number>
  readonly StartPeriod?: Optional<number>
  readonly StartInterval?: Optional<number>
  readonly Retries?: Optional<number>
}

/** The `config` argument of the image builders: what a container of the image runs, and how. */
export interface ContainerConfigInput {
  readonly User?: Optional<string>
  readonly ExposedPorts?: Optional<Readonly<Record<string, object>>>
  readonly Env?: Optional<readonly string[]>
  readonly Entrypoint?: Optional<readonly string[]>
  readonly Cmd?: Optional<readonly string[]>
  readonly Volumes?: Optional<Readonly<Record<string, object>>>
  readonly WorkingDir?: Optional<string>
  readonly Labels?: Optional<Readonly<Record<string, string>>>
  readonly StopSignal?: Optional<string>
  readonly StopTimeout?: Optional<number>
  readonly ArgsEscaped?: Optional<boolean>
  readonly Memory?: Optional<number>
  readonly MemorySwap?: Optional<number>
  readonly CpuShares?: Optional<number>
  readonly Healthcheck?: Optional<HealthcheckInput>
  readonly OnBuild?: Optional<readonly string[]>
  readonly Shell?: Optional<readonly string[]>
  readonly Hostname?: Optional<string>
  readonly Domainname?: Optional<string>
  readonly AttachStdin?: Optional<boolean>
  readonly AttachStdout?: Optional<boolean>
  readonly AttachStderr?: Optional<boolean>
  readonly Tty?: Optional<boolean>
  readonly OpenStdin?: Optional<boolean>
  readonly StdinOnce?: Optional<boolean>
  readonly NetworkDisabled?: Optional<boolean>
  readonly MacAddress?: Optional<string>
}

/**
 * The config without its nulls; what it holds is copied.
 *
 * @param place - how the argument is called, such as "config"; begins every place in the message.
 * @throws BuildError config.invalid - naming every wrong field and every unknown key.
 */
export function checkConfig(value: unknown, place: string): ContainerConfig {
  if (value === undefined || value === null) return {}
  const result = schema.safeParse(isPlainObject(value) ? value : undefined)
  if (result.success) return withoutNulls(result.data)
  const mistakes = result.error.issues.flatMap((issue) => mistakesOf(issue, place)).sort(byPlace)
  const lines = mistakes.map((mistake) => `${mistake.place} ${mistake.text}`)
  return fail(
    'config.invalid',
    lines.length === 1 ? lines.join('') : `The config has ${lines.length} mistakes:\n  ${lines.join('\n  ')}`,
    {
      remedy: '',
      detail: { places: mistakes.map((mistake) => mistake.place).join(' ') },
    },
  )
}

// ---- the schema: each field says what it must be

type Say = (issue: { readonly input?: unknown }) => string

const text = (say: Say) =>
  z.string({ error: say }).check(
    z.refine((given) => !given.includes('\0'), {
      error: () => 'holds a NUL character, which no container can take.',
    }),
  )
const matching = (rule: RegExp, say: Say) => text(say).check(z.regex(rule, { error: say }))
const flag = () => z.nullish(z.boolean({ error: (issue) => `is ${shown(issue.input)}: give true or false.` }))

const wholeNumber = (least: number, unit: string) => {
  const say: Say = (issue) =>
    `is ${shown(issue.input)}: give a whole number of ${unit}${least < 0 ? ' (-1 for no limit)' : ''}.`
  return z
    .number({ error: say })
    .check(z.refine((given) => Number.isSafeInteger(given) && given >= least, { error: say }))
}

const word = text((issue) => `${notText(issue.input)}`)
const words = (example: string) => z.nullish(z.array(word, { error: (issue) => listWanted(issue.input, example) }))

const variable = text((issue) => notText(issue.input)).check(
  z.regex(/^[^=]+=/s, { error: (issue) => `is ${shown(issue.input)}: write NAME=value.` }),
)
const variables = z.nullish(
  z.array(variable, {
    error: (issue) =>
      isPlainObject(issue.input)
        ? `is an object: give a list of texts, such as [${Object.entries(issue.input)
            .slice(0, 1)
            .map(([name, value]) => shown(`${name}=${String(value)}`))
            .join('')}].`
        : `is ${shown(issue.input)}: give a list of NAME=value texts.`,
  }),
)

/** A set, spelt as an object with empty objects for values (config.md: "map[string]struct{}"). */
const setOf = (key: ReturnType<typeof text>, example: string) =>
  z.nullish(
    z.record(key, z.strictObject({}, { error: (issue) => emptyWanted(issue) }), {
      error: (issue) => `is ${shown(issue.input)}: give an object whose keys are the members, such as ${example}.`,
    }),
  )

const port = text((issue) => notText(issue.input)).check(
  z.refine(isPort, {
    error: () =>
      'is no port: write a number from 1 to 65535, with /tcp, /udp or /sctp where it matters, such as "80/tcp".',
  }),
)
const absolutePath = (what: string) =>
  matching(/^\//, (issue) => `is ${shown(issue.input)}: ${what} must be an absolute path, such as "/data".`)

const labels = z.nullish(
  z.record(
    z.string(),
    text((issue) => `is ${shown(issue.input)}: a label's value is a text, such as ${shown(String(issue.input))}.`),
    {
      error: (issue) => `is ${shown(issue.input)}: give an object of texts, such as { "version": "1" }.`,
    },
  ),
)

/** The first word says how the rest is run (Docker Engine API, HealthConfig.Test). */
const healthTest = z.array(word, { error: (issue) => listWanted(issue.input, '["CMD", "redis-cli", "ping"]') }).check(
  z.refine((test) => ['NONE', 'CMD', 'CMD-SHELL', undefined].includes(test[0]), {
    error: () => 'must begin with "CMD" (a program and its arguments), "CMD-SHELL" (one line of shell) or "NONE".',
  }),
  z.refine((test) => test[0] !== 'CMD-SHELL' || test.length === 2, {
    error: () => 'must have exactly one text behind "CMD-SHELL".',
  }),
)

/** Docker refuses durations between 0 and one millisecond: somebody wrote seconds. */
const nanoseconds = z.nullish(
  z.number({ error: (issue) => notNanoseconds(issue.input) }).check(
    z.refine((given) => Number.isSafeInteger(given) && (given === 0 || given >= 1_000_000), {
      error: (issue) => notNanoseconds(issue.input),
    }),
  ),
)

const healthcheck = z.strictObject(
  {
    Test: z.nullish(healthTest),
    Interval: nanoseconds,
    Timeout: nanoseconds,
    StartPeriod: nanoseconds,
    StartInterval: nanoseconds,
    Retries: z.nullish(wholeNumber(0, 'tries')),
  },
  { error: (issue) => `is ${shown(issue.input)}: give an object, such as { Test: ["CMD", "redis-cli", "ping"] }.` },
)

const schema = z.strictObject(
  {
    User: z.nullish(
      matching(
        /^[^:\s]+(:[^:\s]+)?$/,
        (issue) => `is ${shown(issue.input)}: give "user", "uid", "user:group" or "uid:gid" as a text.`,
      ),
    ),
    ExposedPorts: setOf(port, '{ "80/tcp": {} }'),
    Env: variables,
    Entrypoint: words('["/bin/program", "--option"]'),
    Cmd: words('["/bin/program", "--option"]'),
    Volumes: setOf(absolutePath('a volume'), '{ "/data": {} }'),
    WorkingDir: z.nullish(absolutePath('the working directory')),
    Labels: labels,
    StopSignal: z.nullish(
      matching(
        signalRule(),
        (issue) => `is ${shown(issue.input)}: give the name of a signal, such as "SIGTERM", or its number as a text.`,
      ),
    ),
    StopTimeout: z.nullish(wholeNumber(0, 'seconds')),
    ArgsEscaped: flag(),
    Memory: z.nullish(wholeNumber(0, 'bytes')),
    MemorySwap: z.nullish(wholeNumber(-1, 'bytes')),
    CpuShares: z.nullish(wholeNumber(0, 'shares')),
    Healthcheck: z.nullish(healthcheck),
    OnBuild: words('["RUN make"]'),
    Shell: words('["/bin/sh", "-c"]'),
    Hostname: z.nullish(text((issue) => notText(issue.input))),
    Domainname: z.nullish(text((issue) => notText(issue.input))),
    AttachStdin: flag(),
    AttachStdout: flag(),
    AttachStderr: flag(),
    Tty: flag(),
    OpenStdin: flag(),
    StdinOnce: flag(),
    NetworkDisabled: flag(),
    MacAddress: z.nullish(
      matching(
        /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i,
        (issue) => `is ${shown(issue.input)}: give six pairs of hex digits, such as "02:42:ac:11:00:02".`,
      ),
    ),
  },
  { error: () => 'is no object: give an object, such as { Cmd: ["/bin/program"] }.' },
)

const fields = Object.keys(schema.shape)
const healthFields = Object.keys(healthcheck.shape)

/** The names of Linux's signals, with or without SIG, and numbers: what `docker create` takes. */
function signalRule(): RegExp {
  const names =
    'HUP INT QUIT ILL TRAP ABRT IOT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR SYS'
  return new RegExp(
    `^((SIG)?(${names.replaceAll(' ', '|')}|RTMIN(\\+([1-9]|1[0-5]))?|RTMAX(-([1-9]|1[0-4]))?)|[1-9]|[1-5][0-9]|6[0-4])$`,
  )
}

function isPort(given: string): boolean {
  const number = /^([0-9]{1,5})(\/(tcp|udp|sctp))?$/.exec(given)?.[1]
  return number !== undefined && Number(number) >= 1 && Number(number) <= 65535
}

// ---- from zod's issues to lines for people

interface Mistake {
  readonly place: string
  readonly text: string
}

function mistakesOf(issue: z.core.$ZodIssue, place: string): Mistake[] {
  const where = placeOf(place, issue.path)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(where, key, issue.path))
  if (issue.code === 'invalid_key')
    return issue.issues.slice(0, 1).map((inner) => ({ place: where, text: inner.message }))
  return [{ place: where, text: issue.message }]
}

function unknownKey(where: string, key: string, path: readonly PropertyKey[]): Mistake {
  const place = placeOf(where, [key])
  if (path[0] === 'ExposedPorts' || path[0] === 'Volumes')
    return { place, text: 'must not be there: the value of a member is an empty object, {}.' }
  const known = path[0] === 'Healthcheck' ? healthFields : fields
  const sameLetters = known.find((field) => field.toLowerCase() === key.toLowerCase())
  const hint = sameLetters === undefined ? didYouMean(key, known) : `Write "${sameLetters}".`
  return {
    place,
    text: `is no field of an image's config. ${hint === '' ? `The fields are ${known.join(', ')}.` : hint}`,
  }
}

function placeOf(start: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((place, step) => {
    if (typeof step === 'number') return `${place}[${step}]`
    const key = String(step)
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `${place}.${key}` : `${place}[${JSON.stringify(key)}]`
  }, start)
}

function byPlace(a: Mistake, b: Mistake): number {
  return a.place < b.place ? -1 : a.place > b.place ? 1 : 0
}

function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  const json = typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value))
  return json.length > 60 ? `${json.slice(0, 57)}...` : json
}

function notText(input: unknown): string {
  const isPackage = typeof input === 'object' && input !== null && 'path' in input && typeof input.path === 'string'
  if (isPackage) return 'is a package, not a text: write what of it is meant, such as `${pkg}/bin/program`.'
  return `is ${shown(input)}: give a text${typeof input === 'number' ? `, such as "${input}"` : ''}.`
}

function listWanted(input: unknown, example: string): string {
  if (typeof input !== 'string') return `is ${shown(input)}: give a list of texts, such as ${example}.`
  const words = input.trim().split(/\s+/)
  return `is the text ${shown(input)}: give a list of texts, one a word, such as [${words
    .slice(0, 8)
    .map((each) => JSON.stringify(each))
    .join(', ')}${words.length > 8 ? ', …' : ''}].`
}

function emptyWanted(issue: { readonly code?: string | undefined; readonly input?: unknown }): string {
  return `is ${shown(issue.input)}: the value of a member is an empty object, {}.`
}

function notNanoseconds(input: unknown): string {
  const seconds = Number(String(input).replace(/s$/, ''))
  const meant = Number.isSafeInteger(seconds) && seconds > 0 ? `, such as ${seconds}_000_000_000 for ${seconds} s` : ''
  return `is ${shown(input)}: give whole nanoseconds, 0 or at least 1_000_000${meant}.`
}

function withoutNulls(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined && inner !== null)
      .map(([key, inner]) => [key, key === 'Healthcheck' && isPlainObject(inner) ? withoutNulls(inner) : inner]),
  )
}
