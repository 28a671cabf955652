/** What ignore files leave out, against git itself and against Docker's builder. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { diskTree } from '../../src/tree/disk.ts'
import { missing, run } from '../support/command.ts'
import { noDocker, sharedDocker } from '../support/dockerd.ts'
import { temporaryFolder } from '../support/temporary.ts'

/** Files that patterns are tried on. */
const names = [
  ...[
    'a',
    'b.log',
    'B.LOG',
    'foo',
    'foo bar',
    'foo ',
    'x!y',
    '#hash',
    '!bang',
    'a\\b',
    'a[b]',
    '*star',
    'naïve',
    '-',
    ']',
  ],
  ...['dir/a', 'dir/b.log', 'dir/foo', 'dir/sub/a', 'dir/sub/b.log', 'dir/sub/deep/foo', 'dir/sub/deep/b.log'],
  ...['foo.d/a', 'foo.d/foo', 'build/out.js', 'build/keep/out.js', 'src/build/out.js', 'src/app.ts', 'src/app.test.ts'],
  ...[
    'node_modules/x/index.js',
    'src/node_modules/y/index.js',
    'logs/2024/1.log',
    'logs/2024/keep.log',
    'abc',
    'acc',
    'a.c',
  ],
]

function written(place: string, files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(place, name)), { recursive: true })
    writeFileSync(join(place, name), Buffer.from(content, 'utf8'))
  }
  return place
}

function withNames(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { ...Object.fromEntries(names.map((name) => [name, ''])), ...files }
}

function kept(place: string, file: string): readonly string[] {
  return [...diskTree(place, { ignore: { files: [file] } }).entries()]
    .filter(({ kind }) => kind !== 'directory')
    .map(({ path }) => Buffer.from(path, 'latin1').toString('utf8'))
    .sort()
}

const gitCases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  comments: { '.gitignore': '# comment\n\\#hash\n\n   \n' },
  'no line feed at the end': { '.gitignore': 'foo' },
  'carriage returns': { '.gitignore': 'foo\r\n*.log\r\n' },
  'byte order mark': { '.gitignore': '\ufefffoo\n' },
  'trailing spaces': { '.gitignore': 'foo   \nfoo\\ \nabc\t\n' },
  'escaped trailing spaces': { '.gitignore': 'foo\\ \n' },
  'spaces inside': { '.gitignore': 'foo bar\n' },
  'leading spaces': { '.gitignore': ' foo\n' },
  negation: { '.gitignore': '*.log\n!keep.log\n!dir/b.log\n' },
  'negation below an ignored directory': { '.gitignore': 'build/\n!build/keep/out.js\n' },
  'negation of the contents': { '.gitignore': 'build/*\n!build/keep/\n' },
  'a negated directory brings no files back': { '.gitignore': '*.log\n!logs/\n' },
  'an escaped exclamation mark': { '.gitignore': '\\!bang\n' },
  'double negation': { '.gitignore': '*.log\n!*.log\n' },
  'directories only': { '.gitignore': 'foo/\nfoo.d/\n' },
  'rooted names': { '.gitignore': '/foo\n/build\n' },
  'a slash inside': { '.gitignore': 'dir/foo\nsub/a\n' },
  'stars at the beginning': { '.gitignore': '**/sub\n**/foo\n' },
  'stars at the end': { '.gitignore': 'dir/**\n' },
  'stars in between': { '.gitignore': 'dir/**/b.log\n' },
  'stars in a name': { '.gitignore': 'dir/**o\nb**\n' },
  'three stars': { '.gitignore': '***/deep\ndir/***/foo\n' },
  'one star is one part': { '.gitignore': 'dir/*/a\n*/build\n' },
  'all but some': { '.gitignore': '/*\n!/src\n/src/*\n!/src/app.ts\n' },
  'question marks': { '.gitignore': '?\na?c\n' },
  'a question mark is one byte': { '.gitignore': 'na?ve\n' },
  'two question marks are two bytes': { '.gitignore': 'na??ve\n' },
  brackets: { '.gitignore': 'a[bc]c\n[[:upper:]].LOG\n' },
  'negated brackets': { '.gitignore': 'a[!b]c\n' },
  'negated brackets with a caret': { '.gitignore': 'a[^b]c\n' },
  'a bracket in brackets': { '.gitignore': '[]]\n[]-]\n' },
  'a bracket that never ends': { '.gitignore': 'a[b\n[\n' },
  'a range backwards': { '.gitignore': 'a[z-a]c\n' },
  'an unknown class': { '.gitignore': 'a[[:nothing:]]c\n' },
  'escaped characters': { '.gitignore': '\\*star\na\\[b]\na\\\\b\n\\a\n' },
  'a backslash at the end': { '.gitignore': 'foo\\\nabc\\\\\n' },
  'a slash alone': { '.gitignore': '/\n!\n!/\n' },
  'two slashes': { '.gitignore': 'dir//a\n//foo\nbuild//\n' },
  dots: { '.gitignore': './foo\ndir/../foo\n.\n..\n' },
  'letter case': { '.gitignore': '*.LOG\nDIR\n' },
  'nested files': {
    '.gitignore': '*.log\nfoo\n',
    'dir/.gitignore': '!b.log\n/foo\nsub/\n',
    'dir/sub/.gitignore': '!a\n',
  },
  'a nested file goes before one above': { '.gitignore': 'foo\n!b.log\n', 'dir/.gitignore': '*.log\n!foo\n' },
  'a nested file in an ignored directory': { '.gitignore': 'dir/\n', 'dir/.gitignore': '!*\n' },
  'a nested pattern with a slash': { 'dir/.gitignore': 'sub/a\n/b.log\n**/deep\n' },
  'the file itself': { '.gitignore': '.gitignore\n' },
}

test('ignore files: .gitignore leaves out what git leaves out', { skip: missing('git') }, async () => {
  const top = temporaryFolder()
  const git = (args: readonly string[], input = ''): Promise<string> =>
    run('git', args, {
      cwd: top,
      input: [Buffer.from(input)],
      env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
    })
  await git(['init', '--quiet'])
  for (const [name, files] of Object.entries(gitCases)) written(join(top, name), withNames(files))
  const found = await git(['ls-files', '--others', '--exclude-standard', '-z'])
  const byCase = Map.groupBy(found.split('\0'), (path) => path.split('/')[0])
  for (const name of Object.keys(gitCases)) {
    const expected = (byCase.get(name) ?? []).map((path) => path.slice(name.length + 1)).sort()
    assert.deepEqual(kept(join(top, name), '.gitignore'), expected, name)
  }
})

const dockerCases: Readonly<Record<string, string>> = {
  comments: '# comment\n #foo\n\n',
  'white space': '  foo  \n\tabc\t\n',
  'byte order mark': '\ufefffoo\n',
  'carriage returns': 'foo\r\n*.log\r\n',
  'a name is at the root': 'foo\nb.log\n',
  'rooted names': '/foo\n/dir/sub/\n',
  'a directory with all below it': 'dir\nbuild/\n',
  'one star': '*.log\n*/b.log\n*/*/a\n',
  'stars at the beginning': '**/foo\n**/*.js\n',
  'stars in between': 'dir/**/b.log\n',
  'stars at the end': 'dir/**\nfoo**\n',
  everything: '*\n',
  'everything with stars': '**\n',
  exceptions: '*.log\n!b.log\n',
  'an exception below a directory': 'dir\n!dir/sub/a\n',
  'an exception for a directory': '*\n!src\n!build/keep\n',
  'the last match counts': '*\n!src\nsrc/node_modules\n**/*.test.ts\n',
  'an exception undone': 'dir\n!dir/sub\ndir/sub/deep\n',
  'spaces after the exclamation mark': '*.log\n!  b.log\n',
  'question marks': '?\na?c\n',
  brackets: 'a[bc]c\n[a-c].log\n',
  'negated brackets': 'a[^b]c\n',
  'escaped characters': '\\*star\na\\[b\\]\n\\!bang\n',
  'dots are cleaned': './foo\ndir/../abc\ndir/./sub\n',
  'dots are no wildcards': 'a.c\n',
  'letter case': '*.LOG\nDIR\n',
  'the file itself': '.dockerignore\n',
}

const docker = sharedDocker()

test('ignore files: .dockerignore leaves out what docker build leaves out', { skip: noDocker }, async () => {
  const ours: Record<string, readonly string[]> = {}
  const expected: Record<string, readonly string[]> = {}
  for (const [name, patterns] of Object.entries(dockerCases)) {
    const place = written(temporaryFolder(), withNames({ '.dockerignore': patterns }))
    ours[name] = kept(place, '.dockerignore')
    expected[name] = await inContext(place)
  }
  assert.deepEqual(ours, expected)
})

/** The files that the builder copies. The Dockerfile is from outside the directory. */
async function inContext(place: string): Promise<readonly string[]> {
  const file = join(temporaryFolder(), 'Dockerfile')
  writeFileSync(file, 'FROM scratch\nCOPY . /copied/\nCMD ["x"]\n')
  const image = (await docker(['build', '--quiet', '--file', file, place], { env: { DOCKER_BUILDKIT: '0' } })).trim()
  const container = (await docker(['create', image])).trim()
  const tar = join(temporaryFolder(), 'out.tar')
  await docker(['export', '--output', tar, container])
  const found = await run('tar', ['--list', '--quoting-style=literal', '--file', tar])
  return found
    .split('\n')
    .filter((path) => path.startsWith('copied/') && !path.endsWith('/'))
    .map((path) => path.slice('copied/'.length))
    .sort()
}
