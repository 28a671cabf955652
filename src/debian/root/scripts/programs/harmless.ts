/** Programs that change nothing in an image: they speak to services, to the kernel or to people, or keep records that slipway makes itself. */

/** Succeed, or do not matter. */
export const harmless: ReadonlySet<string> = new Set([
  ...['systemctl', 'service', 'invoke-rc.d', 'update-rc.d', 'deb-systemd-helper', 'deb-systemd-invoke', 'start-stop-daemon'],
  ...['systemd-tmpfiles', 'systemd-sysusers', 'systemd-hwdb', 'systemd-machine-id-setup', 'udevadm', 'dbus-send', 'initctl'],
  ...['restorecon', 'pidof', 'kill', 'killall', 'pkill', 'pgrep', 'ps', 'sleep', 'sync', 'wait', 'trap', 'ulimit', 'times'],
  ...['modprobe', 'depmod', 'sysctl', 'mount', 'umount', 'chroot', 'uname', 'hostname', 'date', 'stat', 'ls', 'df', 'du'],
  ...['ldconfig', 'ucfr', 'ucfq', 'py3compile', 'pycompile', 'py3clean', 'pyclean', 'py_compilefiles', 'update-python-modules'],
  ...['php_invoke', 'phpenmod', 'phpdismod', 'phpquery', 'apache2_msg', 'apache2_has_module', 'apache2_reload'],
  ...['apache2_needs_action', 'a2dismod', 'a2disconf', 'a2dissite'],
  ...['install-info', 'update-menus', 'update-mime', 'update-mime-database', 'update-desktop-database', 'gtk-update-icon-cache'],
  ...['gtk-update-icon-cache-3.0', 'update-icon-caches', 'glib-compile-schemas', 'gconf-schemas', 'scrollkeeper-update'],
  ...['fc-cache', 'update-gconf-defaults', 'update-gdkpixbuf-loaders', 'gio-querymodules', 'mandb', 'update-mandb'],
  ...['update-initramfs', 'update-grub', 'debconf-communicate', 'sha256sum'],
  ...['md5sum', 'cmp', 'diff', 'sha1sum', 'wall', 'logger', 'mkfifo', 'log_daemon_msg', 'log_end_msg'],
  ...['log_action_msg', 'log_warning_msg', 'log_failure_msg', 'clear', 'tput', 'tty', 'stty', 'nproc', 'arch', 'lsmod', 'ip'],
  ...['aa-status', 'aa-enabled', 'apparmor_parser', 'ischroot', 'runlevel', 'telinit', 'busctl', 'getcap', 'file', 'id', 'lsb_release'],
  ...['let', 'getopts', 'jobs', 'bg', 'fg', 'alias', 'unalias', 'shopt', 'enable', 'caller', 'history', 'lsof', 'fuser', 'ss', 'netstat'],
  ...['update-passwd', 'pwck', 'grpck'],
  ...['update-fonts-alias', 'update-fonts-scale', 'update-fonts-dir', 'dpkg-reconfigure', 'chfn', 'chage', 'passwd'],
  ...['awk', 'mawk', 'gawk', 'uniq', 'rev', 'column', 'fold', 'fmt', 'nl', 'od', 'hexdump', 'base64', 'gpg'],
  ...['pwgen', 'makepasswd', 'mcookie', 'uuidgen', 'hostid', 'dnsdomainname', 'domainname', 'zcat', 'getopt'],
])

/** Ends of a program's name: services' own scripts. */
export function isService(name: string): boolean {
  return /^\/etc\/(init\.d|rc\d\.d)\//.test(name)
}
