import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { WebServer } from './web-server.ts'

/** nginx over files: it decodes once, merges slashes and climbs before it looks. By path below its root. */
export function nginx(files: Readonly<Record<string, string>> = {}): WebServer {
  return {
    command: 'nginx',
    package: 'nginx',
    version: ['-v'],
    args: file => ['-c', file, '-p', dirname(file), '-e', 'stderr'],
    config: ({ port, directory }) => {
      const root = writeFiles(directory, files)
      return `daemon off;
master_process off;
pid ${directory}/pid;
error_log stderr crit;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  large_client_header_buffers 4 32k;
  keepalive_requests 100000;
  server {
    listen 127.0.0.1:${port};
    root ${root};
  }
}
`
    },
  }
}

/** @returns the root they are below, for a server that reads files */
export function writeFiles(directory: string, files: Readonly<Record<string, string>>): string {
  const root = join(directory, 'root')
  mkdirSync(root, { recursive: true })
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return root
}
