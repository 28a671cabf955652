/**
 * Checks the `config` argument of the image builders: the container part of an image's config.
 *
 * The fields are those of the OCI image specification (config.md, "config") and those that Docker adds. Every wrong field and every
 * unknown key is named at once, with its place. `null` says "left out", as in the dockerTools manual. What a container runtime would
 * refuse later (a relative working directory, a command that is one text, a health check in seconds) is refused here.
 */
import { type Check, withCode } from '../base/check.ts'
import type { ContainerConfig } from '../image/image.ts'
import { containerConfig } from './config-fields.ts'

/**
 * Health check of a container (Docker Engine API, "HealthConfig"). Docker's extension: other runtimes ignore it.
 *
 * Durations are integers in nanoseconds: 0, which inherits Docker's default, or at least 1_000_000 (1 ms).
 */
export interface HealthcheckInput {
  /**
   * Command of the check: "CMD" and the words of a command, "CMD-SHELL" and one line of shell, or "NONE", which disables the base image's check.
   * An empty array inherits it.
   *
   * @example ['CMD', 'redis-cli', 'ping']
   */
  readonly Test?: readonly string[] | null | undefined
  /**
   * Time between two checks, in nanoseconds. Docker's default: 30 s.
   *
   * @example 30_000_000_000
   */
  readonly Interval?: number | null | undefined
  /**
   * Time after which a check counts as failed, in nanoseconds. Docker's default: 30 s.
   *
   * @example 3_000_000_000
   */
  readonly Timeout?: number | null | undefined
  /**
   * Time that a container has to start, in nanoseconds: checks that fail during it are not counted. Docker's default: 0.
   *
   * @example 10_000_000_000
   */
  readonly StartPeriod?: number | null | undefined
  /**
   * Time between two checks during `StartPeriod`, in nanoseconds. Docker's default: 5 s.
   *
   * @example 1_000_000_000
   */
  readonly StartInterval?: number | null | undefined
  /**
   * Number of consecutive failures after which a container is unhealthy. Docker's default: 3.
   *
   * @example 5
   */
  readonly Retries?: number | null | undefined
}

/**
 * The `config` argument of the image builders: what a container of the image runs, and how.
 *
 * Fields are those of the OCI image specification (config.md, "config") and those that Docker adds. `null` leaves a field out. Strings may name
 * packages, such as `${pkgs("redis-server")}/usr/bin/redis-server`; those packages become part of the image.
 */
export interface ContainerConfigInput {
  /**
   * User, and optionally group, that the command runs as: `user`, `uid`, `user:group` or `uid:gid`; names are looked up in the image's own
   * `/etc/passwd` and `/etc/group` (OCI image specification, config.md, "User"). Default: root.
   *
   * @example 'redis:redis'
   */
  readonly User?: string | null | undefined
  /**
   * Ports that the container listens on, as a set: keys are `port`, `port/tcp`, `port/udp` or `port/sctp`, values are `{}` (config.md,
   * "ExposedPorts"). A note for users: it publishes nothing.
   *
   * @example { '6379/tcp': {} }
   */
  readonly ExposedPorts?: Readonly<Record<string, object>> | null | undefined
  /**
   * Environment variables, each `NAME=value`; a container's own settings override them (config.md, "Env").
   *
   * @example ['LANG=C.UTF-8', 'PATH=/usr/bin:/bin']
   */
  readonly Env?: readonly string[] | null | undefined
  /**
   * Program and leading arguments of the container's command; `Cmd`, or the words after the image in `docker run`, follow (config.md,
   * "Entrypoint").
   *
   * @example ['/usr/bin/redis-server']
   */
  readonly Entrypoint?: readonly string[] | null | undefined
  /**
   * Default arguments of `Entrypoint`; without it, the program and its arguments (config.md, "Cmd"). One array item is one argument: no shell
   * splits it.
   *
   * @example ['redis-server', '--port', '6379']
   */
  readonly Cmd?: readonly string[] | null | undefined
  /**
   * Directories that hold data of the container, as a set: keys are absolute paths, values are `{}` (config.md, "Volumes"). Docker mounts an
   * anonymous volume at each.
   *
   * @example { '/data': {} }
   */
  readonly Volumes?: Readonly<Record<string, object>> | null | undefined
  /**
   * Working directory of the command, absolute (config.md, "WorkingDir"). Default: "/".
   *
   * @example '/data'
   */
  readonly WorkingDir?: string | null | undefined
  /**
   * Metadata of the image; keys by the rules of annotations.md (config.md, "Labels").
   *
   * @example { 'org.opencontainers.image.licenses': 'BSD-3-Clause' }
   */
  readonly Labels?: Readonly<Record<string, string>> | null | undefined
  /**
   * Signal that stops the container: a name, or a number as a string (config.md, "StopSignal"). Docker's default: SIGTERM.
   *
   * @example 'SIGQUIT'
   */
  readonly StopSignal?: string | null | undefined
  /**
   * Time between the stop signal and SIGKILL, in seconds (Docker Engine API, "ContainerConfig"). Docker's default: 10.
   *
   * @example 30
   */
  readonly StopTimeout?: number | null | undefined
  /**
   * Windows only: whether the command line is already escaped (config.md, "ArgsEscaped", deprecated). Default: false.
   *
   * @example false
   */
  readonly ArgsEscaped?: boolean | null | undefined
  /**
   * Memory limit, in bytes (config.md, "Memory": reserved, from Docker's v1 images). Current runtimes ignore it: use `docker run --memory`.
   *
   * @example 268_435_456
   */
  readonly Memory?: number | null | undefined
  /**
   * Limit of memory and swap together, in bytes; -1 is unlimited (config.md, "MemorySwap": reserved). Current runtimes ignore it.
   *
   * @example -1
   */
  readonly MemorySwap?: number | null | undefined
  /**
   * CPU shares, relative to other containers, whose default is 1024 (config.md, "CpuShares": reserved). Current runtimes ignore it.
   *
   * @example 512
   */
  readonly CpuShares?: number | null | undefined
  /**
   * Command that tells whether the container works (config.md, "Healthcheck": reserved; Docker Engine API, "HealthConfig").
   *
   * @example { Test: ['CMD', 'redis-cli', 'ping'], Interval: 30_000_000_000 }
   */
  readonly Healthcheck?: HealthcheckInput | null | undefined
  /**
   * Dockerfile instructions that `docker build` runs in images that are built from this one (Docker Engine API, "ContainerConfig").
   *
   * @example ['COPY . /app']
   */
  readonly OnBuild?: readonly string[] | null | undefined
  /**
   * Shell that `docker build` uses for RUN, CMD and ENTRYPOINT in their shell form (Docker Engine API, "ContainerConfig"). Docker's default:
   * `["/bin/sh", "-c"]`.
   *
   * @example ['/bin/bash', '-c']
   */
  readonly Shell?: readonly string[] | null | undefined
  /**
   * Host name of the container (Docker Engine API, "ContainerConfig"). Docker's default: the container's ID.
   *
   * @example 'redis'
   */
  readonly Hostname?: string | null | undefined
  /**
   * Domain name of the container (Docker Engine API, "ContainerConfig").
   *
   * @example 'example.org'
   */
  readonly Domainname?: string | null | undefined
  /**
   * Whether `docker run` attaches to standard input (Docker Engine API, "ContainerConfig"). Default: false.
   *
   * @example true
   */
  readonly AttachStdin?: boolean | null | undefined
  /**
   * Whether `docker run` attaches to standard output (Docker Engine API, "ContainerConfig"). Default: false.
   *
   * @example true
   */
  readonly AttachStdout?: boolean | null | undefined
  /**
   * Whether `docker run` attaches to standard error (Docker Engine API, "ContainerConfig"). Default: false.
   *
   * @example true
   */
  readonly AttachStderr?: boolean | null | undefined
  /**
   * Whether the command gets a terminal, as with `docker run --tty` (Docker Engine API, "ContainerConfig"). Default: false.
   *
   * @example true
   */
  readonly Tty?: boolean | null | undefined
  /**
   * Whether standard input stays open, as with `docker run --interactive` (Docker Engine API, "ContainerConfig"). Default: false.
   *
   * @example true
   */
  readonly OpenStdin?: boolean | null | undefined
  /**
   * Whether standard input closes after the first client has detached (Docker Engine API, "ContainerConfig"). Default: false.
   *
   * @example true
   */
  readonly StdinOnce?: boolean | null | undefined
  /**
   * Whether the container has no network (Docker Engine API, "ContainerConfig"). Default: false.
   *
   * @example true
   */
  readonly NetworkDisabled?: boolean | null | undefined
  /**
   * MAC address of the container's network interface: six pairs of hex digits (Docker Engine API before 1.44, "ContainerConfig"; deprecated).
   *
   * @example '02:42:ac:11:00:02'
   */
  readonly MacAddress?: string | null | undefined
}

/** The config without its nulls; what it holds is copied. @throws BuildError config.invalid - naming every mistake */
export const checkConfig: Check<ContainerConfig> = withCode('config.invalid', containerConfig)
