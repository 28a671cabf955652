/**
 * `omit: "script-helpers"`: packages that only maintainer scripts need.
 *
 * No maintainer script runs, so an image works without them; the list was tested on the closures of docs/debian.md.
 */

/** Names, sorted. */
export const scriptHelpers: readonly string[] = [
  'adduser',
  'cdebconf',
  'dctrl-tools',
  'debconf',
  'init-system-helpers',
  'install-info',
  'java-common',
  'lsb-base',
  'sysvinit-utils',
  'ucf',
  'update-inetd',
  'usr-is-merged',
  'usrmerge',
]
