// A web server with a configuration and a page of its own, both written here. `${…}` puts the path of a package into a text.
//
//   npx slipway build examples/nginx.ts && docker load < result && docker run --rm -p 8080:80 nginx
import { debian } from 'slipway'

const { pkgs, dockerTools, writeText, writeTextDir } = debian({ suite: 'bookworm' })

const site = writeTextDir('index.html', '<!doctype html><title>slipway</title><h1>It works</h1>\n')

const conf = writeText(
  'nginx.conf',
  `user nobody nobody;
daemon off;
error_log /dev/stderr info;
pid /dev/null;
events {}
http {
  access_log /dev/stdout;
  server {
    listen 80;
    location / { root ${site}; }
  }
}
`,
)

export default dockerTools.buildLayeredImage({
  name: 'nginx',
  tag: 'latest',
  contents: [pkgs('nginx-light'), dockerTools.fakeNss],
  config: {
    Cmd: ['nginx', '-c', `${conf}`],
    ExposedPorts: { '80/tcp': {} },
  },
})
