import type { WebServer } from './web-server.ts'

/** HAProxy with all its rules that normalise, before a service on this port. */
export function haproxy(servicePort: number): WebServer {
  return {
    command: 'haproxy',
    package: 'haproxy',
    version: ['-v'],
    args: file => ['-db', '-q', '-f', file],
    config: ({ port }) => `global
  expose-experimental-directives
  nbthread 1
  maxconn 1000
  tune.bufsize 65536
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend front
  bind 127.0.0.1:${port}
  option accept-invalid-http-request
  http-request normalize-uri fragment-strip
  http-request normalize-uri percent-to-uppercase
  http-request normalize-uri percent-decode-unreserved
  http-request normalize-uri path-strip-dot
  http-request normalize-uri path-merge-slashes
  http-request normalize-uri path-strip-dotdot full
  default_backend back
backend back
  server recorder 127.0.0.1:${servicePort}
`,
  }
}
