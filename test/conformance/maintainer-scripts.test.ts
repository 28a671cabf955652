/**
 * Packages with maintainer scripts of their own, configured by dpkg and worked out by slipway: most images are equal to the root, and notes name
 * the others. `bench/maintainer-scripts.ts` does the same with as many packages as one likes.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missing } from '../support/command.ts'
import { noDebs } from '../support/debs.ts'
import { measureScripts } from '../support/scripts-measure.ts'
import { temporaryFolder } from '../support/temporary.ts'

// In the order of seed 1, from the packages of bookworm whose postinst has lines that debhelper did not write: those that need three others at most.
const sample = [
  ...['moria', 'ndisc6', 'bottlerocket', 'ca-certificates', 'snoopy', 'unclutter-startup'],
  ...['wide-dhcpv6-relay', 'byacc-j', 'dict-freedict-swe-nld', 'libpam-ccreds', 'perlindex', 'nsca', 'slrnpull'],
  ...['ch5m3d', 'isc-dhcp-relay', 'libpam-gnome-keyring', 'newpid', 'gambc', 'switchsh', 'update-inetd'],
  ...['ncftp', 'gconf2-common', 'fprobe', 'storebackup', 'libusb-java-lib', 'mew-bin', 'libglib2.0-0'],
  ...['tightvncpasswd', 'haserl', 'dict-freedict-por-fra', 'dict-freedict-fra-lit'],
  ...['dict-freedict-fra-fin', 'rpki-trust-anchors', 'srg', 'abook', 'foomatic-filters', 'gnugo'],
  ...['libvirt-daemon-config-network', 'posh', 'tint'],
]

const without =
  noDebs ||
  missing('mmdebstrap', 'unshare') ||
  (process.getuid?.() === 0 ? false : 'not run: mmdebstrap needs root to make devices')

test('maintainer scripts: at least three quarters of a sample are as dpkg configures them, and notes name all others', {
  skip: without,
}, async (context) => {
  const { outcomes, added } = await measureScripts(temporaryFolder(), sample)
  const equal = outcomes.filter((each) => each.differences.length === 0)
  const silent = outcomes.filter(({ differences, notes }) => differences.length > 0 && notes.length === 0)
  const needless = equal.filter(({ notes }) => notes.length > 0)
  context.diagnostic(`${equal.length} of ${outcomes.length} equal, ${needless.length} of them with a note`)
  assert.equal(outcomes.length, sample.length)
  assert.ok(equal.length >= 0.75 * sample.length, `${equal.length} of ${sample.length} are equal`)
  assert.deepEqual([silent, added], [[], []])
  assert.ok(needless.length <= 0.1 * sample.length, needless.map(({ name }) => name).join(', '))
})
