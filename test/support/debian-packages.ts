/** Packages for test archives. */
import type { FakePackage } from './debian-archive.ts'

/** Packages in every archive, from which every image's root is computed. */
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
