import { createHash } from 'node:crypto'
import type { HeaderList } from '../lib/header-list.ts'

/** What RFC 6455 §1.3 appends to a key. */
const appended = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/**
 * Why a 101 is no answer to the WebSocket that was asked for (RFC 6455 §4.1): its Sec-WebSocket-Accept does not prove
 * that the request was understood, or it chooses an extension or a subprotocol that nobody offered. Null when it is one.
 */
export function flawOfWebSocketAnswer(asked: HeaderList, answered: HeaderList): string | null {
  const accepts = valuesOf(answered, 'sec-websocket-accept')
  const [key = ''] = valuesOf(asked, 'sec-websocket-key')
  const expected = createHash('sha1')
    .update(key.trim() + appended)
    .digest('base64')
  if (accepts.length !== 1 || accepts[0] !== expected) return 'WRONG_ACCEPT'

  const protocols = valuesOf(answered, 'sec-websocket-protocol')
  const offered = new Set(itemsOf(valuesOf(asked, 'sec-websocket-protocol')))
  if (protocols.length > 1 || !protocols.every(protocol => offered.has(protocol.trim())))
    return 'SUBPROTOCOL_NOT_OFFERED'

  const extensions = new Set(itemsOf(valuesOf(asked, 'sec-websocket-extensions')).map(nameOf))
  const chosen = itemsOf(valuesOf(answered, 'sec-websocket-extensions')).map(nameOf)
  return chosen.every(name => extensions.has(name)) ? null : 'EXTENSION_NOT_OFFERED'
}

function valuesOf(headers: HeaderList, name: string): string[] {
  const values: string[] = []
  for (let index = 0; index < headers.length; index += 2)
    if (headers[index]!.toLowerCase() === name) values.push(headers[index + 1]!)
  return values
}

/** An extension may hold a quoted comma in a parameter; what is cut there is no name that anybody offered. */
function itemsOf(values: readonly string[]): string[] {
  return values.flatMap(value => value.split(',')).map(item => item.trim())
}

function nameOf(extension: string): string {
  return extension.split(';', 1)[0]!.trim().toLowerCase()
}
