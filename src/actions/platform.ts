/** Platforms in short or full form: `linux/arm64`, `arm64`, `linux/arm/v7`, `arm/v7`. */
import { fail } from '../base/error.ts'
import { processorNamed } from '../image/platform.ts'

/** Parses a platform, in Go's spelling. @throws BuildError argument.invalid */
export function parsePlatform(text: string): {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
} {
  const parts = text.split('/')
  const isShort = parts.length === 1 || (parts.length === 2 && /^v\d+$/.test(parts[1] ?? ''))
  const [os, name, variant, more] = isShort ? ['linux', ...parts] : parts
  if (os === undefined || os === '' || name === undefined || name === '' || variant === '' || more !== undefined)
    return fail('argument.invalid', `${JSON.stringify(text)} is not a valid platform.`, {
      remedy: 'Write it as os/architecture[/variant], such as "linux/arm64".',
    })
  return { os, ...processorNamed(name), ...(variant === undefined ? {} : { variant }) }
}
