/** Packages of well-known interpreters and files: their files' packages cannot be known without the archive's index of contents. */

/** Interpreters that scripts name → packages. Others often have the name of their package, but a note must not guess. */
const interpreters: Readonly<Record<string, string>> = {
  ash: 'busybox',
  awk: 'mawk',
  bash: 'bash',
  busybox: 'busybox',
  dash: 'dash',
  env: 'coreutils',
  fish: 'fish',
  gawk: 'gawk',
  gjs: 'gjs',
  guile: 'guile-3.0',
  ksh: 'ksh93u+m',
  lua: 'lua5.4',
  make: 'make',
  mawk: 'mawk',
  node: 'nodejs',
  nodejs: 'nodejs',
  perl: 'perl',
  php: 'php-cli',
  python: 'python-is-python3',
  python3: 'python3',
  Rscript: 'r-base-core',
  ruby: 'ruby',
  sed: 'sed',
  sh: 'dash',
  tclsh: 'tcl',
  wish: 'tk',
  zsh: 'zsh',
}

const programs = /^(?:\/usr)?\/s?bin\/([^/]+)$|^([^/]+)$/

/** Returns the package of a missing file, given as an absolute path, or as the name of a program in PATH. */
export function packageFor(file: string): string | undefined {
  if (file.startsWith('/usr/share/zoneinfo/')) return 'tzdata'
  const [, inBin, bare] = programs.exec(file) ?? []
  const name = inBin ?? bare
  return name !== undefined && Object.hasOwn(interpreters, name) ? interpreters[name] : undefined
}
