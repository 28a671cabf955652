import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCommand } from './start-command.ts'

const file = '/app/package.json'

test('words after node are the command', () => {
  for (const [script, words] of [
    ['node dist/server.js', ['dist/server.js']],
    ['  node   --enable-source-maps\tdist/main.js --port=80 ', ['--enable-source-maps', 'dist/main.js', '--port=80']],
    [`node 'my server.js' "a b"c`, ['my server.js', 'a bc']],
    ['node größe/démarrer.js 日本', ['größe/démarrer.js', '日本']],
    [`node ${'a/'.repeat(50_000)}b.js`, [`${'a/'.repeat(50_000)}b.js`]],
    ['node node_modules/next/dist/bin/next start', ['node_modules/next/dist/bin/next', 'start']],
    ['node --import=./a.js -e "console.log(1)"', ['--import=./a.js', '-e', 'console.log(1)']],
  ] as const)
    assert.deepEqual(startCommand(script, file), words)
})

test('a script that needs a shell, another program or no script at all is npm.start', () => {
  for (const script of [
    undefined,
    '',
    'next start',
    'node',
    'nodemon server.js',
    'NODE_ENV=production node server.js',
    'node a.js && node b.js',
    'node --enable-source-maps --max-old-space-size=4096 packages/server/dist/main.js && echo ended',
    `node ${'a/'.repeat(50_000)}b.js $PORT`,
    'node a.js; true',
    'node $FILE',
    'node "$FILE"',
    'node `cat file`',
    'node *.js',
    'node a.js > log',
    'node ~/a.js',
    "node 'a.js",
    'node a\\ b.js',
    'node (a.js)',
    'node a.js # comment',
    'node a.js &',
    'node {a,b}.js',
    'node "a!b"',
  ])
    assert.throws(() => startCommand(script, file), { code: 'npm.start' }, String(script))
})
