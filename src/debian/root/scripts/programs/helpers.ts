/** Programs that every machine has that configures packages: Essential packages and those that scripts call. By name, with their folder. */

const bin = [
  ...['awk', 'base64', 'basename', 'bash', 'cat', 'chgrp', 'chmod', 'chown', 'cmp', 'comm', 'cp', 'cut', 'date', 'dd', 'df', 'diff'],
  ...['dirname', 'dpkg', 'dpkg-deb', 'dpkg-divert', 'dpkg-maintscript-helper', 'dpkg-query', 'dpkg-statoverride'],
  ...['dpkg-trigger', 'du', 'echo', 'egrep', 'env', 'expr', 'false', 'fgrep', 'find', 'getent', 'getopt', 'grep', 'groups'],
  ...['gunzip', 'gzip', 'head', 'hostname', 'id', 'install', 'ischroot', 'ln', 'ls', 'md5sum', 'mkdir', 'mkfifo', 'mknod'],
  ...['mktemp', 'mv', 'nice', 'perl', 'printf', 'pwd', 'readlink', 'realpath', 'rm', 'rmdir', 'sed', 'seq', 'sh', 'sha256sum'],
  ...['sleep', 'sort', 'stat', 'su', 'sync', 'tail', 'tar', 'tempfile', 'test', 'touch', 'tr', 'true', 'uname', 'uniq'],
  ...['update-alternatives', 'wc', 'which', 'whoami', 'xargs', 'zcat', 'deb-systemd-helper', 'deb-systemd-invoke'],
]
const sbin = [
  ...['addgroup', 'adduser', 'chroot', 'delgroup', 'deluser', 'groupadd', 'groupdel', 'groupmod', 'invoke-rc.d', 'ldconfig'],
  ...['service', 'start-stop-daemon', 'update-passwd', 'update-rc.d', 'useradd', 'userdel', 'usermod'],
]

export const helpers: ReadonlyMap<string, string> = new Map([
  ...bin.map((name) => [name, '/usr/bin'] as const),
  ...sbin.map((name) => [name, '/usr/sbin'] as const),
])

/** The files of these, and what scripts read debconf's commands from. */
export const helperFiles: ReadonlySet<string> = new Set([
  ...[...helpers].map(([name, folder]) => `${folder.slice(1)}/${name}`),
  'usr/share/debconf/confmodule',
])
