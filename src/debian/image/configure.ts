/**
 * `debianConfigure`: lets dpkg configure an image's packages, with their own scripts, as on a machine (dpkg(1), "--configure").
 *
 * Their files are laid out and the database says "unpacked"; the scripts create what only they can (a cluster, a key store). Services are
 * not started (invoke-rc.d(8), policy-rc.d).
 */

import { fail } from '../../base/error.ts'
import { parseParagraph } from '../../format/control.ts'
import type { Whole } from '../../source/ecosystem.ts'
import type { StorePath } from '../../store/store-path.ts'
import type { Resolution } from '../lock/resolution.ts'
import { asDeb } from '../normaliser.ts'
import { controlText } from '../root/input.ts'

/** Scripts rely on Essential packages (Debian policy, 3.8). @throws BuildError command.package-absent */
export function refuseWithoutEssential({ options, key }: Resolution, image: string): void {
  if (options.essential === 'all') return
  fail(
    'command.package-absent',
    `${image}: the scripts of packages need all Essential ones, and "${key}" has essential: "${options.essential}".`,
    {
      remedy: 'Write essential: "all" in debian({ … }).',
      detail: { image, essential: options.essential },
    },
  )
}

/** The script for the image's root; empty if the image adds no package. */
export function configureScript({ closure, store }: Whole): string | undefined {
  const debs = [...closure.nodes].filter(([, node]) => node.as === asDeb).map(([path]) => path)
  if (debs.length === 0) return undefined
  const packages = debs.map((path) => described(path, store)).sort((a, b) => (a.name < b.name ? -1 : 1))
  return [
    'command -v dpkg > /dev/null || { echo "dpkg is not in the image: add it" >&2; exit 1; }',
    'export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true DPKG_MAINTSCRIPT_DEBUG=0 RUNLEVEL=1',
    // Scripts expect their own programs: those of the image come before the tools.
    'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH',
    'had=no; [ ! -e /usr/sbin/policy-rc.d ] || had=yes',
    `[ $had = yes ] || { printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d; }`,
    `names=' ${packages.map(({ name }) => name).join(' ')} '`,
    'while IFS= read -r line; do',
    '  case "$line" in "Package: "*) own=no; case "$names" in *" ${line#Package: } "*) own=yes;; esac;; esac',
    '  [ "$line" != "Status: install ok installed" ] || [ $own = no ] || line="Status: install ok unpacked"',
    `  printf '%s\\n' "$line"`,
    'done < /var/lib/dpkg/status > /var/lib/dpkg/status.new',
    'mv /var/lib/dpkg/status.new /var/lib/dpkg/status',
    ...packages
      .filter(({ hasPreinst }) => hasPreinst)
      .map(({ name, file, architecture }) => preinst(name, file, architecture)),
    // Dependencies that the set omits deliberately must not be an error.
    'dpkg --configure -a --force-confold --force-unsafe-io --force-depends',
    '[ $had = yes ] || rm /usr/sbin/policy-rc.d',
    'rm -f /var/lib/dpkg/status-old',
    '',
  ].join('\n')
}

interface Described {
  readonly name: string
  /** Common prefix of its files in the database. */
  readonly file: string
  readonly architecture: string
  readonly hasPreinst: boolean
}

function described(path: StorePath, store: Whole['store']): Described {
  const control = store.control(path, asDeb)
  const fields = parseParagraph(controlText({ control }, 'control'))
  const [name = '', architecture = ''] = [fields.get('package'), fields.get('architecture')]
  const file = fields.get('multi-arch') === 'same' ? `${name}:${architecture}` : name
  return { name, file, architecture, hasPreinst: control.has('preinst') }
}

function preinst(name: string, file: string, architecture: string): string {
  const variables = `DPKG_MAINTSCRIPT_PACKAGE=${name} DPKG_MAINTSCRIPT_NAME=preinst DPKG_MAINTSCRIPT_ARCH=${architecture}`
  return `${variables} DPKG_ADMINDIR=/var/lib/dpkg DPKG_ROOT= /var/lib/dpkg/info/${file}.preinst install`
}
