/**
 * Checks the `config` argument of the image builders: the container part of an image's config.
 *
 * The fields are those of the OCI image specification (config.md, "config") and those that Docker adds. Every wrong field and every
 * unknown key is named at once, with its place. `null` says "left out", as in the dockerTools manual. What a container runtime would
 * refuse later (a relative working directory, a command that is one text, a health check in seconds) is refused here.
 */
import { isPlainObject } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { didYouMean } from '../base/nearest.ts'
import type { ContainerConfig } from '../image/image.ts'
import { fieldsAt, type Issue, parseConfig } from './config-schema.ts'

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
  const parsed = parseConfig(value)
  if ('value' in parsed) return withoutNulls(parsed.value)
  const mistakes = parsed.issues.flatMap((issue) => mistakesOf(issue, place)).sort(byPlace)
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

interface Mistake {
  readonly place: string
  readonly text: string
}

function mistakesOf(issue: Issue, place: string): Mistake[] {
  const where = placeOf(place, issue.path)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(where, key, issue.path))
  if (issue.code === 'invalid_key')
    return issue.issues.slice(0, 1).map((inner) => ({ place: where, text: inner.message }))
  return [{ place: where, text: issue.message }]
}

function unknownKey(where: string, key: string, path: readonly PropertyKey[]): Mistake {
  const place = placeOf(where, [key])
  const known = fieldsAt(path)
  if (known === undefined) return { place, text: 'must not be there: the value of a member is an empty object, {}.' }
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

function withoutNulls(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined && inner !== null)
      .map(([key, inner]) => [key, key === 'Healthcheck' && isPlainObject(inner) ? withoutNulls(inner) : inner]),
  )
}
