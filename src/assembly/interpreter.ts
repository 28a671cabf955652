/** Reads the first line of a script (execve(2), "Interpreter scripts"; env(1)). */

/** Returns the programs that a line which starts with "#!" needs, in order: absolute paths, then the name that `env` searches in PATH. */
export function interpreterOf(line: string): readonly string[] {
  const [, interpreter = '', rest = ''] = /^#![ \t]*([^ \t]+)[ \t]*(.*)$/s.exec(line) ?? []
  // A relative path depends on the directory in which the script is started.
  if (!interpreter.startsWith('/')) return []
  if (!/\/env$/.test(interpreter)) return [interpreter]
  const program = programOf(rest)
  return program === undefined ? [interpreter] : [interpreter, program]
}

/** Linux passes everything after the interpreter as one word, which `env` splits if it starts with -S. */
function programOf(words: string): string | undefined {
  const program = words.split(/[ \t]+/).find((word) => word !== '' && !word.startsWith('-') && !word.includes('='))
  if (program !== undefined || !/^-[a-zA-Z]*S/.test(words)) return program
  return /^-[a-zA-Z]*S([^ \t=]+)/.exec(words)?.[1]
}
