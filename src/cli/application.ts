/** All commands as one stricli application, with its error messages. */
import { type Application, buildApplication, buildRouteMap, run, text_en } from '@stricli/core'
import { runningVersion } from '../load/version.ts'
import { buildRoute } from './build.ts'
import type { Context } from './context.ts'
import { copyRoute } from './copy.ts'
import { digestRoute, tagsRoute } from './digest.ts'
import { doctorRoute } from './doctor.ts'
import { exportRoute } from './export.ts'
import { gcRoute } from './gc.ts'
import { initRoute } from './init.ts'
import { inspectRoute } from './inspect.ts'
import { loadRoute } from './load.ts'
import { lockRoute } from './lock.ts'
import { loginRoute, logoutRoute } from './login.ts'
import { mergeRoute } from './merge.ts'
import { prefetchRoute } from './prefetch.ts'
import { pullRoute } from './pull.ts'
import { pushRoute } from './push.ts'
import { rebaseRoute } from './rebase.ts'
import { resolveRoute } from './resolve.ts'
import { runRoute } from './run.ts'
import { searchRoute, typesRoute } from './search.ts'
import { serveRoute } from './serve.ts'
import { streamRoute } from './stream.ts'
import { streamConfRoute } from './stream-conf.ts'

/** Returns the application. @param failed - formats an error that a command threw */
export function application(failed: (thrown: unknown) => string): Application<Context> {
  const root = buildRouteMap({
    routes: {
      init: initRoute,
      build: buildRoute,
      stream: streamRoute,
      load: loadRoute,
      run: runRoute,
      serve: serveRoute,
      resolve: resolveRoute,
      lock: lockRoute,
      search: searchRoute,
      types: typesRoute,
      inspect: inspectRoute,
      export: exportRoute,
      merge: mergeRoute,
      copy: copyRoute,
      push: pushRoute,
      pull: pullRoute,
      prefetch: prefetchRoute,
      rebase: rebaseRoute,
      digest: digestRoute,
      tags: tagsRoute,
      login: loginRoute,
      logout: logoutRoute,
      gc: gcRoute,
      doctor: doctorRoute,
      'stream-conf': streamConfRoute,
    },
    docs: {
      brief: 'Builds reproducible Docker and OCI images from TypeScript, without Docker',
      hideRoute: { 'stream-conf': true },
    },
  })
  return buildApplication(root, {
    name: 'slipway',
    versionInfo: { currentVersion: runningVersion() },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { caseStyle: 'convert-camel-to-kebab', onlyRequiredInUsageLine: true },
    localization: {
      text: {
        ...text_en,
        noCommandRegisteredForInput: (given) => `slipway: ${text_en.noCommandRegisteredForInput(given)}`,
        exceptionWhileParsingArguments: (thrown) => `slipway: ${text_en.exceptionWhileParsingArguments(thrown, false)}`,
        exceptionWhileLoadingCommandFunction: failed,
        exceptionWhileRunningCommand: failed,
        commandErrorResult: failed,
      },
    },
  })
}

/** Returns the usage lines of the selected command, or of all if none was selected: the first part of its help. */
export async function usageOf(words: readonly string[], context: Context): Promise<string> {
  const printed: string[] = []
  const streams = { stdout: { write: (text: string) => void printed.push(text) }, stderr: { write: () => {} } }
  for (const command of [words.slice(0, 1), []]) {
    if (printed.length === 0) await run(application(String), [...command, '--help'], { ...context, process: streams })
  }
  return `${printed.join('').split('\n\n')[0]?.trimEnd()}\n\n`
}
