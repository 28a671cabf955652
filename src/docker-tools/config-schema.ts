/**
 * What each field of an image's config must be, and what to say where it is something else.
 *
 * Messages continue a place: "config.Cmd" + "is the text …: give a list …".
 */
import * as z from 'zod/mini'
import { isPlainObject } from '../base/document.ts'

/** What is wrong at one place of a config. */
export type Issue = z.core.$ZodIssue

/** A config as it may be used, or everything that is wrong with it. */
export type Parsed = { readonly value: Readonly<Record<string, unknown>> } | { readonly issues: readonly Issue[] }

/** Holds a value against all fields. */
export function parseConfig(value: unknown): Parsed {
  // zod takes instances of classes for objects.
  const result = schema.safeParse(isPlainObject(value) ? value : undefined)
  return result.success ? { value: result.data } : { issues: result.error.issues }
}

/** The names that an object at a path may have; undefined for the values of sets, which are empty. */
export function fieldsAt(path: readonly PropertyKey[]): readonly string[] | undefined {
  if (path.length === 0) return fields
  return path[0] === 'Healthcheck' ? healthFields : undefined
}

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
