/** Places of packages in the user's files. */

/** Key that the place of a call such as `pkgs("curl")` is remembered under. */
export function siteKey(name: string): string {
  return `pkgs(${JSON.stringify(name)})`
}
