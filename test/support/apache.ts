import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { writeFiles } from './nginx.ts'
import type { WebServer } from './web-server.ts'

const modules = ['/usr/lib/apache2/modules', '/usr/lib64/httpd/modules', '/usr/libexec/apache2']

/** Apache httpd over files, with encoded slashes allowed, so that it reads as much into a path as it can. */
export function apache(files: Readonly<Record<string, string>> = {}): WebServer {
  return {
    command: 'apache2',
    package: 'apache2-bin',
    version: ['-v'],
    args: file => ['-f', file, '-DFOREGROUND'],
    config: ({ port, directory }) => {
      const root = writeFiles(directory, files)
      const from = modules.find(existsSync) ?? modules[0]
      return `ServerRoot ${directory}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${directory}/pid
ErrorLog ${directory}/errors
LogLevel crit
${['mpm_event', 'authz_core'].map(name => `LoadModule ${name}_module ${from}/mod_${name}.so`).join('\n')}
${userInfo().uid === 0 ? 'User nobody\nGroup #65534' : ''}
StartServers 1
ServerLimit 1
ThreadsPerChild 64
ThreadLimit 64
MaxRequestWorkers 64
MaxKeepAliveRequests 0
KeepAliveTimeout 60
LimitRequestLine 32768
AllowEncodedSlashes On
MergeSlashes On
DocumentRoot ${root}
`
    },
  }
}
