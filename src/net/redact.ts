/** Formats addresses for messages: without credentials, and with the query hidden (signed links carry secrets there). */

/** Formats a URL for people. */
export function shownUrl(url: URL): string {
  const query = url.search === '' ? '' : '?…'
  return `${url.protocol}//${url.host}${url.pathname}${query}`
}
