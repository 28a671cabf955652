/**
 * `shadowSetup`: the files that groupadd(8) and useradd(8) need (nixpkgs manual, "shadowSetup"), as shell text for the beginning of
 * `runAsRoot`, or of `fakeRootCommands` with `enableFakechroot`. What is there stays.
 */

/** The text. The commands themselves are among the tools that every script has. */
export const shadowSetup: string = [
  'mkdir -p /etc/pam.d',
  'if [ ! -f /etc/passwd ]; then',
  "  echo 'root:x:0:0::/root:/bin/sh' > /etc/passwd",
  "  (umask 037 && echo 'root:!x:::::::' > /etc/shadow)",
  'fi',
  'if [ ! -f /etc/group ]; then',
  "  echo 'root:x:0:' > /etc/group",
  "  (umask 037 && echo 'root:x::' > /etc/gshadow)",
  'fi',
  'if [ ! -f /etc/pam.d/other ]; then',
  "  printf '%s\\n' 'account sufficient pam_unix.so' 'auth sufficient pam_rootok.so' \\",
  "    'password requisite pam_unix.so nullok yescrypt' 'session required pam_unix.so' > /etc/pam.d/other",
  'fi',
  '[ -f /etc/login.defs ] || : > /etc/login.defs',
  '',
].join('\n')
