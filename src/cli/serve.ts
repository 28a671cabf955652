/** `slipway serve`: a registry that answers pulls. */
import { once } from 'node:events'
import { buildCommand, type Command } from '@stricli/core'
import type { ServedImage, ServeOptions, ServeResult } from '../actions/serve.ts'
import { fail, messageOf } from '../base/error.ts'
import { printable, printableJson } from '../base/printable.ts'
import type { Context } from './context.ts'
import { compressorFlag, switchFlag, textFlag, textsFlag } from './flags.ts'
import { type ImageFlags, imageFlags, imageOptions, imageParameter } from './images.ts'
import { type RegistryFlags, registryFlags, registrySettings } from './registry.ts'
import { perhapsWatched, watchFlag } from './watch.ts'

interface Flags extends ImageFlags, RegistryFlags {
  readonly listen?: string
  readonly watch?: boolean
  readonly tag?: readonly string[]
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly username?: string
  readonly passwordStdin?: boolean
  readonly compressor?: NonNullable<ServeOptions['compressor']>
}

async function run(this: Context, flags: Flags, ...images: string[]): Promise<void> {
  const own = await serveOptions(flags)
  const { serve } = await import('../actions/serve.ts')
  const failed = (thrown: unknown): void =>
    void this.process.stderr.write(`not served: ${printable(messageOf(thrown))}\n`)
  let registry: ServeResult | undefined
  try {
    await perhapsWatched(this, { words: images, watch: flags.watch }, async ({ targets, beside }, context) => {
      const options = { ...imageOptions(context, flags, { beside }), ...registrySettings(flags), ...own, failed }
      if (registry === undefined) registry = await serve(targets, options)
      else await registry.replace(targets, options)
      const { host } = registry
      const served = registry.images()
      this.print(flags.json ? printableJson({ host, images: served }) : pullLines(served, own))
    })
    if (!this.signal.aborted) await once(this.signal, 'abort')
  } finally {
    await registry?.close()
  }
}

/** The commands that pull images, one for each engine. */
export function pullLines(images: readonly ServedImage[], { tls, credentials }: ServeOptions): string {
  const plain = tls === undefined
  const login = credentials === undefined ? '' : ` --creds ${credentials.user}`
  return images
    .map(({ name }) => printable(name))
    .flatMap((name) => [
      ...(credentials === undefined ? [] : [`docker login --username ${credentials.user} ${name.split('/')[0]}`]),
      `docker pull ${name}`,
      `podman pull${plain ? ' --tls-verify=false' : ''}${login} ${name}`,
      `ctr images pull${credentials === undefined ? '' : ` --user ${credentials.user}`} ${name}`,
      `skopeo copy${plain ? ' --src-tls-verify=false' : ''}${login.replace('--creds', '--src-creds')} docker://${name} oci:DIRECTORY`,
    ])
    .join('\n')
}

async function serveOptions(flags: Flags): Promise<ServeOptions> {
  const { listen, tag, tlsCert, tlsKey, compressor } = flags
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    fail('argument.invalid', 'A certificate and its key belong together.', {
      remedy: 'Give both --tls-cert and --tls-key.',
    })
  return {
    ...(listen === undefined ? {} : { listen }),
    ...(tag === undefined ? {} : { names: tag }),
    ...(tlsCert === undefined || tlsKey === undefined ? {} : { tls: { cert: tlsCert, key: tlsKey } }),
    ...(compressor === undefined ? {} : { compressor }),
    ...(await credentialsOf(flags)),
  }
}

/** The password is never an argument, since every process could read it. */
async function credentialsOf({ username: user, passwordStdin }: Flags): Promise<Pick<ServeOptions, 'credentials'>> {
  if (user === undefined && passwordStdin !== true) return {}
  if (user === undefined || user === '' || user.includes(':') || passwordStdin !== true)
    return fail('argument.invalid', 'A login is a user name without a colon, and a password on standard input.', {
      remedy: 'Write --username NAME --password-stdin < FILE.',
    })
  const { readPassword } = await import('./read-secret.ts')
  return { credentials: { user, password: await readPassword() } }
}

/** The command. */
export const serveRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Serve images to docker, podman and containerd',
    fullDescription:
      'Builds the images that FILE exports as NAME, or takes those in a place, serves them as a registry on this machine until it is interrupted, and prints the commands that pull them. Layers are made when they are asked for.',
  },
  parameters: {
    positional: { kind: 'array', parameter: imageParameter, minimum: 1 },
    flags: {
      listen: textFlag(
        'Address; default: any free port of 127.0.0.1; other hosts need a certificate and a login',
        'HOST:PORT',
      ),
      watch: watchFlag,
      tag: textsFlag("Name of the image; default: the image's own", 'NAME:TAG'),
      tlsCert: textFlag('Certificate, in PEM', 'FILE'),
      tlsKey: textFlag('Key of the certificate, in PEM', 'FILE'),
      username: textFlag('User name that clients log in with', 'NAME'),
      passwordStdin: switchFlag('Read the password that clients log in with from standard input'),
      compressor: compressorFlag('none'),
      ...registryFlags,
      ...imageFlags,
    },
    aliases: { t: 'tag' },
  },
  func: run,
})
