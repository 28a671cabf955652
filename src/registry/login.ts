/** Who somebody is for a registry. Never printed: only `authorize.ts` and login files see inside. */

/** What is known of a user. */
export type Login =
  | { readonly user: string; readonly password: string }
  /** An OAuth 2 refresh token, which stands in the place of a password. */
  | { readonly identityToken: string }
  /** A bearer token that is sent as it is. */
  | { readonly registryToken: string }

/** Where logins come from. */
export interface Logins {
  /** The login for a repository; undefined: none, so it is asked anonymously. @throws BuildError registry.credentials */
  find(domain: string, path: string): Promise<Login | undefined>
}

/** One login for everything that is asked. */
export function sameLogin(login: Login): Logins {
  return { find: async () => login }
}

/** `user:password`, as `--creds` has it; undefined where there is no colon. */
export function parseLogin(text: string): Login | undefined {
  const colon = text.indexOf(':')
  return colon <= 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
