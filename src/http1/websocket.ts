import type { HeaderList } from '../lib/header-list.ts'
import { headerCount, headerValue } from '../lib/header-list.ts'
import type { Refused } from '../lib/refused.ts'
import { refusedBy } from './rules.ts'

export type UpgradeRequest = {
  readonly method: string
  readonly httpVersion: string
  readonly headers: HeaderList
  readonly contentLength: number | null
}

/**
 * Why a request to upgrade to WebSocket is not one (RFC 6455 §4.2.1); null where it is. Framing.ts has seen to it that
 * Upgrade, the key and the version come once, and node:http that Connection names Upgrade.
 */
export function refusedWebSocket(
  request: UpgradeRequest,
): Refused<'UPGRADE_REFUSED' | 'UPGRADE_REQUIRED'> | null {
  const { method, httpVersion, headers } = request
  if (method !== 'GET' || httpVersion !== '1.1')
    return refusedBy('upgrade-request-line', `${method} HTTP/${httpVersion}`)
  if ((request.contentLength ?? 0) > 0 || headerCount(headers, 'transfer-encoding') > 0)
    return refusedBy('upgrade-with-body')
  const version = headerValue(headers, 'sec-websocket-version')
  if (version !== '13') return refusedBy('websocket-version', version)
  const key = headerValue(headers, 'sec-websocket-key')
  return key === null || !keyShape.test(key) ? refusedBy('websocket-key', key) : null
}

/** 16 bytes in base64. */
const keyShape = /^[A-Za-z0-9+/]{22}==$/
