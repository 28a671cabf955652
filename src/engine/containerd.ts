/**
 * containerd, through `ctr`: it imports an OCI archive, which may omit the blobs that its content store has.
 *
 * If a blob is missing after all, the import may fail or succeed, and leaves the name on a broken image either way: so it uses a temporary
 * name, and the image's names are moved to it once `ctr images check` reports it as complete.
 */
import { type Digest, isDigest } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { ask, type Calling, type Client, call } from './client.ts'
import type { Load } from './engine.ts'
import { type Loading, type LoadingSteps, loadingOf, loadUnderNames, manifestDigest, removeName } from './loading.ts'
import { staleNames } from './loading-names.ts'
import { fullName } from './names.ts'
import { nothingSent } from './partial.ts'

/** Queries the images and blobs in containerd's namespace. */
export async function prepareContainerd(client: Client, calling: Calling): Promise<Load> {
  const [listed, blobs] = await Promise.all([
    ask(client, ['images', 'list'], calling),
    ask(client, ['content', 'list', '--quiet'], calling),
  ])
  const names = new Map(listed.split('\n').flatMap(nameIn))
  const there = new Set(blobs.split('\n').filter(isDigest))
  return async (plans, context) => {
    const { watch } = context
    for (const name of staleNames([...names.keys()], context.token)) await removeName(client, removing(name))
    const images = plans.map((plan) => ({ names: plan.names, id: manifestDigest(plan) }))
    const loading: Loading[] = []
    for (const plan of plans) {
      const image = loadingOf(plan, loading.length, context)
      if (!(await isThere(client, image, { names, watch }))) loading.push(image)
    }
    if (loading.length === 0) return { images, ...nothingSent }
    const steps = stepsOf(client, watch)
    return { images, ...(await loadUnderNames(client, loading, { steps, there, context })) }
  }
}

const removing = (name: string): readonly string[] => ['images', 'remove', name]

function stepsOf(client: Client, watch: Watch): LoadingSteps {
  return {
    importing: ['images', 'import', '-'],
    removing,
    check: async (loading) => {
      for (const { temporary } of loading) await checkComplete(client, temporary, watch)
    },
    name: async ({ plan, temporary }) => {
      await call(client, ['images', 'tag', '--force', temporary, ...plan.names.map(fullName)], watch)
    },
  }
}

/** Tells whether all names of an image refer to it, and it is complete. */
async function isThere(
  client: Client,
  { plan, digest }: Loading,
  { names, watch }: { readonly names: ReadonlyMap<string, Digest>; readonly watch: Watch },
): Promise<boolean> {
  const full = plan.names.map(fullName)
  if (!full.every((name) => names.get(name) === digest)) return false
  const states = await Promise.all(full.map((name) => stateOf(client, name, watch)))
  return states.every((state) => state === 'complete')
}

async function checkComplete(client: Client, name: string, watch: Watch): Promise<void> {
  const state = await stateOf(client, name, watch)
  if (state === 'complete') return
  fail('engine.failed', `${client.title}: the image is ${state} after its import.`, {
    remedy: 'Check the engine, and run the command again.',
    detail: { engine: client.title },
  })
}

/** Returns the state that `ctr` reports; "absent" if the name does not exist. */
async function stateOf(client: Client, name: string, watch: Watch): Promise<string> {
  const listed = await ask(client, ['images', 'check', `name==${JSON.stringify(name)}`], watch)
  const line = listed.split('\n').find((each) => each.split(/\s+/)[0] === name)
  return /\s(complete|incomplete|unavailable)\b/.exec(line ?? '')?.[1] ?? 'absent'
}

/** Parses name and digest from a line of `ctr images list`. */
function nameIn(line: string): readonly (readonly [string, Digest])[] {
  const [name = '', _type, digest = ''] = line.split(/\s+/)
  return isDigest(digest) ? [[name, digest]] : []
}
