import { createHash } from 'node:crypto'

/** The example of RFC 6455 §1.3, and what answers it. */
export const webSocketKey = 'dGhlIHNhbXBsZSBub25jZQ=='

/** A request for WebSocket; `fields` are whole lines, and stand before its own. */
export function upgradeRequest(target: string, fields: string, more: Partial<UpgradeParts> = {}): string {
  const { line = `GET ${target} HTTP/1.1`, upgrade = 'websocket', key = webSocketKey, version = '13' } = more
  const own = `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: ${version}\r\n`
  return `${line}\r\nHost: a\r\n${fields}${own}\r\n`
}

export type UpgradeParts = {
  readonly line: string
  readonly upgrade: string
  readonly key: string
  readonly version: string
}

/** A 101 as a service that has understood the request writes it; `fields` are further lines. */
export function switchingAnswer(head: string, fields = ''): string {
  const key = /^sec-websocket-key: *(.*)$/im.exec(head)?.[1]?.trim() ?? ''
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n${fields}\r\n`
}
