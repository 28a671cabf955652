/** Daemons of Debian that answer in Docker, from packages, own configuration and typed commands alone: bind9, varnish, dovecot, chrony, squid. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noDocker } from '../support/dockerd.ts'
import { programImage } from '../support/programs.ts'
import { servers } from '../support/servers.ts'
import { noTrixie } from '../support/trixie.ts'

const { set, withTools, write, load, answer } = servers(['curl', 'bind9-dnsutils'])
const { pkgs, copy } = set
const skip = noDocker || noTrixie

test('bind9: answers for a zone, as its own user', { skip }, async () => {
  write({
    'bind/named.conf.local': 'zone "example.org" { type primary; file "/etc/bind/db.example.org"; };\n',
    'bind/db.example.org':
      '$TTL 60\n@ IN SOA ns root 1 60 60 60 60\n@ IN NS ns\nns IN A 127.0.0.1\nwww IN A 192.0.2.1\n',
  })
  const image = programImage(set, 'bind9', {
    contents: [pkgs('bind9'), copy('bind', { to: '/etc/bind' })],
    config: { Cmd: ['named', '-g', '-u', 'bind'] },
  })
  await load(image)
  const beside = ['dig', '+short', '@127.0.0.1', 'www.example.org']
  assert.equal(await answer('bind9', { beside }), '192.0.2.1\n')
})

test('varnish: compiles its configuration and answers', { skip }, async () => {
  write({
    'default.vcl': `vcl 4.1;
backend none none;
sub vcl_recv { return (synth(200)); }
sub vcl_synth { set resp.body = "from Varnish"; return (deliver); }
`,
  })
  // It starts a C compiler and rm by a shell.
  const image = programImage(withTools, 'varnish', {
    contents: [withTools.pkgs('varnish'), withTools.copy('default.vcl', { to: '/etc/varnish/' })],
    config: { Cmd: ['varnishd', '-F', '-a', ':8080', '-f', '/etc/varnish/default.vcl'] },
  })
  await load(image)
  assert.equal(await answer('varnish', { beside: ['curl', '-sSf', 'http://127.0.0.1:8080/'] }), 'from Varnish')
})

test('dovecot: lists mailboxes over IMAP', { skip }, async () => {
  write({
    'dovecot.conf': `dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols = imap
ssl = no
auth_allow_cleartext = yes
log_path = /dev/stderr
mail_driver = maildir
mail_path = /srv/mail/%{user}
passdb static {
  password = secret
}
userdb static {
  fields {
    uid = vmail
    gid = vmail
    home = /srv/mail/%{user}
  }
}
`,
  })
  const image = programImage(set, 'dovecot', {
    contents: [pkgs('dovecot-imapd'), copy('dovecot.conf', { to: '/etc/dovecot/' })],
    fakeRootCommands: (root) => {
      root.user('vmail', { home: '/nonexistent' })
      root.mkdir('/srv/mail', { user: 'vmail', group: 'vmail' })
    },
    config: { Cmd: ['dovecot', '-F'], Volumes: { '/srv/mail': {} } },
  })
  await load(image)
  const beside = ['curl', '-sSf', 'imap://jane:secret@127.0.0.1/']
  assert.equal(await answer('dovecot', { beside }), '* LIST (\\HasNoChildren) "." INBOX\r\n')
})

test('chrony: runs with the configuration of its package, without setting the clock', { skip }, async () => {
  const image = programImage(set, 'chrony', {
    contents: [pkgs('chrony')],
    config: { Cmd: ['chronyd', '-d', '-x'] },
  })
  await load(image)
  // Over its socket, which needs the directories of its user.
  assert.match(await answer('chrony', { inside: ['chronyc', '-h', '/run/chrony/chronyd.sock', 'sources'] }), /MS Name/)
})

test('squid: writes its log as its own user, and refuses what its configuration does not allow', {
  skip,
}, async () => {
  write({ 'squid/local.conf': 'shutdown_lifetime 1 seconds\nvisible_hostname squid\n' })
  const image = programImage(set, 'squid', {
    contents: [pkgs('squid'), copy('squid', { to: '/etc/squid/conf.d' })],
    config: { Cmd: ['squid', '-N'] },
  })
  await load(image)
  const status = ['curl', '-sS', '--output', '/dev/null', '--write-out', '%{http_code}', '--noproxy', '']
  const beside = [...status, '--proxy', 'http://127.0.0.1:3128', 'http://192.0.2.1:25/']
  assert.equal(await answer('squid', { beside }), '403')
})
