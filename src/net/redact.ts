/** Addresses as messages may show them: no credentials, and of a query only that there is one (signed links carry secrets there). */

/** A URL for people to read. */
export function shownUrl(url: URL): string {
  const query = url.search === '' ? '' : '?…'
  return `${url.protocol}//${url.host}${url.pathname}${query}`
}
