/**
 * Names of processors: translates Debian's, the kernel's and Node's to Go's, which image configs and indexes have (config.md and image-index.md of the
 * OCI image specification: GOARCH and, for arm, the version of its instructions).
 */

/** Processor, in Go's spelling. */
export interface Processor {
  readonly architecture: string
  readonly variant?: string
}

/** Debian's ports (wiki.debian.org/SupportedArchitectures): armhf needs ARMv7, armel ARMv5. */
const others: Readonly<Record<string, Processor>> = {
  x86_64: { architecture: 'amd64' },
  aarch64: { architecture: 'arm64' },
  armhf: { architecture: 'arm', variant: 'v7' },
  armel: { architecture: 'arm', variant: 'v5' },
  i386: { architecture: '386' },
  mipsel: { architecture: 'mipsle' },
  mips64el: { architecture: 'mips64le' },
  ppc64el: { architecture: 'ppc64le' },
}

/** Parses the name of a processor; an unknown name is taken as Go's. */
export function processorNamed(name: string): Processor {
  return others[name] ?? { architecture: name }
}

/** Returns the Linux platform of a processor. */
export function platformNamed(name: string): Platform {
  return { os: 'linux', ...processorNamed(name) }
}

/** Platform that an image runs on, in Go's spelling. */
export interface Platform extends Processor {
  readonly os: string
}

/** Formats a platform as `os/architecture[/variant]`. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/')
}

/** Variants that each architecture's most capable processor runs, best first. */
const variants: Readonly<Record<string, readonly string[]>> = { arm: ['v8', 'v7', 'v6', 'v5'], arm64: ['v8'] }

/**
 * Position of a platform among those that fit a wanted one, best first, in the order in which container engines choose from an index;
 * undefined if it does not fit.
 *
 * Where no variant is wanted, an image without one comes first, then the most capable one.
 */
function rankOf({ os, architecture, variant }: Platform, wanted: Platform): number | undefined {
  if (os !== wanted.os || architecture !== wanted.architecture) return undefined
  const known = variants[architecture] ?? []
  const start = known.indexOf(wanted.variant ?? '')
  const order =
    wanted.variant === undefined ? ['', ...known] : [...(start < 0 ? [wanted.variant] : known.slice(start)), '']
  const rank = order.indexOf(variant ?? '')
  if (rank >= 0) return rank
  return wanted.variant === undefined ? order.length : undefined
}

/** Tells whether an image for one platform runs on another. */
export function fits(platform: Platform, wanted: Platform): boolean {
  return rankOf(platform, wanted) !== undefined
}

/** Returns the items whose platforms fit a wanted one, best first. */
export function bestFirst<T>(items: readonly T[], platformOf: (item: T) => Platform, wanted: Platform): readonly T[] {
  return items
    .flatMap((item) => {
      const rank = rankOf(platformOf(item), wanted)
      return rank === undefined ? [] : [{ item, rank }]
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}
