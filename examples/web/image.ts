// A front end, built beforehand by Vite and served by nginx, and the service that it asks, from one repository.
//
//   npm ci && npm run build -w site
//   npx slipway build image.ts#site && docker load < result && docker run --rm -p 8080:8080 web-site
import { debian, node } from 'slipway'

const on = debian({ suite: 'trixie' })
const { pkgs, dockerTools, path, writeText } = on

export const api = node({ on, workspace: 'api' }).image({
  name: 'web-api',
  tag: 'latest',
  config: { ExposedPorts: { '8080/tcp': {} } },
})

const conf = writeText(
  'nginx.conf',
  `user nobody nobody;
daemon off;
error_log /dev/stderr;
pid /dev/null;
events {}
http {
  include /etc/nginx/mime.types;
  access_log off;
  server {
    listen 8080;
    root ${path('./site/dist')};
    location / { try_files $uri /index.html; }
  }
}
`,
)

export const site = dockerTools.buildLayeredImage({
  name: 'web-site',
  tag: 'latest',
  contents: [pkgs['nginx-light'], dockerTools.fakeNss],
  config: { Cmd: ['nginx', '-c', `${conf}`], ExposedPorts: { '8080/tcp': {} }, StopSignal: 'SIGQUIT' },
})

export default site
