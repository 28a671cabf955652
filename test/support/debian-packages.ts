/** Packages for archives of a test's own. */
import type { FakePackage } from './debian-archive.ts'

/** What every archive has and every image's root is computed from. */
export const minimalRoot: readonly FakePackage[] = [
  { name: 'base-files', files: [['./usr/lib/os-release', 'ID=debian\n']] },
  {
    name: 'base-passwd',
    files: [
      ['./usr/share/base-passwd/passwd.master', 'root:*:0:0:root:/root:/bin/bash\n'],
      [
        './usr/share/base-passwd/group.master',
        'root:*:0:\nadm:*:4:\nmail:*:8:\nshadow:*:42:\nutmp:*:43:\nstaff:*:50:\n',
      ],
    ],
  },
  { name: 'libc-bin', files: [['./usr/share/libc-bin/nsswitch.conf', 'passwd: files\n']] },
]
