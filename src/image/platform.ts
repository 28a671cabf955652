/**
 * Names of processors: Debian's, the kernel's and Node's → Go's, which image configs and indexes have (config.md and image-index.md of the
 * OCI image specification: GOARCH and, for arm, the version of its instructions).
 */

/** A processor, in Go's spelling. */
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

/** A processor by any of its names; one that is not known is taken as Go's. */
export function processorNamed(name: string): Processor {
  return others[name] ?? { architecture: name }
}

/** What an image for it runs on. */
export function platformNamed(name: string): Processor & { readonly os: string } {
  return { os: 'linux', ...processorNamed(name) }
}
