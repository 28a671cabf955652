// A web server with a configuration and pages of its own. The pages are copied to a path of our choice; `mtime: 'content'` gives each a date that
// follows from its content, so that browsers fetch exactly what changed. `${…}` puts the path of a package into a text.
//
//   npx slipway build examples/nginx.ts && docker load < result && docker run --rm -p 8080:80 nginx
import { debian } from 'slipway'

const { pkgs, dockerTools, copy, writeText } = debian({ suite: 'trixie' })

const conf = writeText(
  'nginx.conf',
  `user www-data www-data;
daemon off;
error_log /dev/stderr info;
pid /dev/null;
events {}
http {
  include /etc/nginx/mime.types;
  access_log /dev/stdout;
  server {
    listen 80;
    root /srv/www;
  }
}
`,
)

export default dockerTools.buildLayeredImage({
  name: 'nginx',
  tag: 'latest',
  contents: [pkgs('nginx-light'), copy('./site', { to: '/srv/www', mtime: 'content' })],
  config: {
    Cmd: ['nginx', '-c', `${conf}`],
    ExposedPorts: { '80/tcp': {} },
  },
})
