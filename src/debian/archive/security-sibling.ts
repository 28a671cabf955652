/** The security archive of a mirror that has it beside the archive, as Debian's own servers and most mirrors do. */

/** Derives `…/debian-security` from `…/debian`; undefined for an address that ends otherwise. */
export function securitySibling(archive: string): string | undefined {
  const url = URL.parse(archive)
  if (url === null || !/\/debian\/?$/.test(url.pathname)) return undefined
  url.pathname = url.pathname.replace(/\/debian\/?$/, '/debian-security')
  return url.href
}
