import assert from 'node:assert/strict'
import { test } from 'node:test'
import { file, memoryTree } from './memory.ts'
import { withoutSecrets } from './secrets.ts'

function read(name: string, content: string, mode: number): number {
  return [...withoutSecrets('/home/app', memoryTree({ [name]: file(content, { mode }) })).entries()].length
}

function refused(name: string, content: string, mode: number, what: string): void {
  assert.throws(() => read(name, content, mode), {
    code: 'secret.found',
    message: new RegExp(`^"/home/app/${name}" ${what}\\. Leave it out with an ignore pattern, and mount it`),
  })
}

const begin = (kind: string): string => `-----BEGIN ${kind}PRIVATE KEY-----\nMIIB\n`

test('secrets: private keys that are closed to others, of every form', () => {
  for (const kind of ['', 'RSA ', 'EC ', 'DSA ', 'ENCRYPTED ', 'OPENSSH '])
    for (const mode of [0o600, 0o640, 0o400])
      refused('tls/server.pem', `# comment\n${begin(kind)}`, mode, 'is a private key')
  read('tls/test-key.pem', begin('RSA '), 0o644)
  read('tls/cert.pem', '-----BEGIN CERTIFICATE-----\n', 0o600)
  read('tls/large', begin('').padEnd(70_000), 0o600)
})

test('secrets: files with the names of SSH keys are refused, whatever their mode', () => {
  for (const name of ['id_rsa', '.ssh/id_dsa', 'a/id_ecdsa', 'id_ed25519'])
    refused(name, '', 0o644, 'has the name of a private SSH key')
  for (const name of ['id_rsa.pub', 'my_id_rsa', 'id_ed25519.txt']) read(name, '', 0o600)
})

test('secrets: tokens in .npmrc, unless the environment has them', () => {
  for (const line of [
    '//registry.example/:_authToken=abc',
    'registry=x\n//registry.example/:_password = "cGFzcw=="',
    '_auth=YTpi',
  ])
    refused('.npmrc', line, 0o644, 'holds a token of a registry')
  for (const line of [
    '//registry.example/:_authToken=${NPM_TOKEN}',
    '# //registry.example/:_authToken=abc',
    'registry=https://registry.example/',
    '_auth=',
  ])
    read('.npmrc', line, 0o600)
  read('npmrc', '_auth=YTpi', 0o644)
})

test('secrets: a single file is known by its own name', () => {
  const tree = memoryTree({ '': file('') })
  assert.throws(() => [...withoutSecrets('/home/me/.ssh/id_rsa', tree).entries()], { code: 'secret.found' })
})
