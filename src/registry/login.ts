/** Identity of a user at a registry. Never printed: only `authorize.ts` and login files look inside. */

/** Credentials of a user. */
export type Login =
  | { readonly user: string; readonly password: string }
  /** An OAuth 2 refresh token, used instead of a password. */
  | { readonly identityToken: string }
  /** A bearer token that is sent unchanged. */
  | { readonly registryToken: string }

/** Source of logins. */
export interface Logins {
  /** Login for a repository; undefined: none, so access is anonymous. @throws BuildError registry.credentials */
  find(domain: string, path: string): Promise<Login | undefined>
}

/** One login for all requests. */
export function sameLogin(login: Login): Logins {
  return { find: async () => login }
}

/** Parses `user:password`, the format of `--creds`; undefined without a colon. */
export function parseLogin(text: string): Login | undefined {
  const colon = text.indexOf(':')
  return colon <= 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
