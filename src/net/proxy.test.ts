import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proxyFor } from './proxy.ts'

const proxies = { http: 'http://plain.example:3128', https: 'secure.example:8080', except: '' }
const direct = (except: string, ...urls: readonly string[]): void => {
  for (const url of urls) assert.equal(proxyFor(new URL(url), { ...proxies, except }), undefined, `${url} by ${except}`)
}
const proxied = (except: string, ...urls: readonly string[]): void => {
  for (const url of urls) assert.ok(proxyFor(new URL(url), { ...proxies, except }) !== undefined, `${url} by ${except}`)
}

test('proxy: one for each scheme, none if none is set, never for this machine', () => {
  assert.equal(proxyFor(new URL('http://a.example/'), proxies), 'http://plain.example:3128')
  assert.equal(proxyFor(new URL('https://a.example/'), proxies), 'http://secure.example:8080')
  assert.equal(proxyFor(new URL('https://a.example/'), { ...proxies, https: '' }), undefined)
  direct('', 'https://localhost:5000/', 'http://127.0.0.1/', 'http://127.9.9.9:5000/', 'http://[::1]:5000/')
})

test('proxy: NO_PROXY lists hosts, domains, addresses, networks and ports', () => {
  direct('*', 'https://a.example/')
  direct('b.example, a.example', 'https://a.example/', 'https://x.y.a.example/')
  proxied('a.example', 'https://ba.example/', 'https://a.example.org/')
  direct('.a.example *.b.example', 'https://x.a.example/', 'https://x.b.example/')
  proxied('.a.example', 'https://a.example/')
  direct('A.Example:5000', 'https://a.example:5000/')
  proxied('a.example:5000', 'https://a.example/')
  direct('a.example:443', 'https://a.example/')
  direct('10.0.0.0/8,fd00::/8', 'http://10.1.2.3/', 'http://[fd00::5]:5000/')
  proxied('10.0.0.0/8,x/8,10.0.0.0/99', 'http://11.0.0.1/', 'http://ten.example/')
  direct('192.168.1.1', 'http://192.168.1.1:5000/')
  proxied(',, ,', 'http://a.example/')
})
