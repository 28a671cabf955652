/** Chooses the sandbox that the commands of a build run in. */
import { fail } from '../base/error.ts'
import { fakerootSandbox } from '../sandbox/fakeroot.ts'
import { namespaceSandbox } from '../sandbox/namespace.ts'
import type { Place, Sandbox } from '../sandbox/sandbox.ts'
import type { Recipe, Workshop } from '../source/package.ts'
import { layoutOf } from '../store/layout.ts'
import type { SandboxChoice } from './image-data.ts'

/** @param wanted - the set's choice, which the build's own overrides. @throws BuildError sandbox.unavailable */
export async function sandboxFor(wanted: SandboxChoice | undefined, tools: Recipe, shop: Workshop): Promise<Sandbox> {
  const choice = shop.commands.sandbox ?? wanted ?? 'auto'
  const place: Place = { folder: layoutOf(shop.store.root).sandbox, tools: shop.store.physical(tools.path) }
  if (process.platform !== 'linux') unavailable('only Linux runs them')
  const fakeroot = fakerootSandbox(place)
  if (choice === 'fakeroot') return fakeroot
  const namespace = namespaceSandbox(place)
  const reason = await namespace.probe()
  if (reason === undefined) return namespace
  if (choice === 'namespace') unavailable(`namespaces do not work here (${reason})`)
  shop.report({
    at: 'build',
    subject: `commands run without isolation: namespaces do not work here (${reason})`,
    done: 0,
    total: 0,
  })
  return fakeroot
}

function unavailable(reason: string): never {
  return fail('sandbox.unavailable', `Shell commands cannot run: ${reason}.`, {
    remedy: '`slipway doctor` shows what is missing; a function instead of the shell script needs no sandbox.',
    detail: { reason },
  })
}
