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
  /**
   * Login for a repository; undefined: none, so access is anonymous.
   *
   * @param registry - as `registryAt` returns it
   * @throws BuildError registry.credentials
   */
  find(registry: string, path: string): Promise<Login | undefined>
}

/** A login for one registry. All others, such as its mirrors and the registry of a base image, have those of `others`. */
export function loginFor(registry: string, login: Login, others: Logins): Logins {
  return { find: async (asking, path) => (asking === registry ? login : others.find(asking, path)) }
}
