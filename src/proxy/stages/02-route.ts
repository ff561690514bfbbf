import type { HeaderList } from '../../lib/header-list.ts'
import { headerCount } from '../../lib/header-list.ts'
import type { RouteTable } from '../../route/table.ts'
import type { Exchange } from '../exchange.ts'
import type { Stage, Verdict } from '../verdict.ts'
import { deny, denyRefused } from '../verdict.ts'

/**
 * Builds the stage that finds the rule a request falls under.
 *
 * What no rule names is not forwarded, and neither is a route whose isolation is not proven. A chunked body is counted
 * while it is forwarded; one that announces too much is refused here.
 *
 * @returns a stage that sets `exchange.route`; refuses with ROUTE_UNKNOWN, TARGET_MALFORMED (the path is odd, and no
 *   tail takes that), METHOD_UNKNOWN, NOT_ISOLATED,
 *   UPGRADE_REFUSED, UPGRADE_REQUIRED or BODY_TOO_LARGE
 */
export function createRoute(table: RouteTable): Stage {
  return exchange => {
    const request = exchange.request!
    const match = table.match(exchange.arrival.method, request.segments, request.oddities)
    if (match === 'path-unknown')
      return request.oddities === null
        ? deny('ROUTE_UNKNOWN', 'No route has this path.')
        : denyRefused(request.oddities.refusal)
    if ('allowed' in match)
      return deny('METHOD_UNKNOWN', `The path is known with ${match.allowed}.`, ['Allow', match.allowed])
    exchange.route = match

    const { rule } = match
    if (rule.isolation.by === 'nothing') return deny('NOT_ISOLATED', rule.isolation.reason)
    const upgrade = judgeUpgrade(exchange, rule.upgrade)
    if (upgrade !== null) return upgrade
    if (request.contentLength !== null && request.contentLength > rule.bodyBytesMax)
      return deny(
        'BODY_TOO_LARGE',
        `The body has ${request.contentLength} bytes, the route takes ${rule.bodyBytesMax}.`,
      )
    return null
  }
}

const websocket: HeaderList = Object.freeze(['Upgrade', 'websocket'])

/** Only WebSocket is ever joined; h2c above all is not, for nobody would judge what it carries (threats 85). */
function judgeUpgrade(exchange: Exchange, taken: 'websocket' | null): Verdict {
  const { tunnel, arrival, request } = exchange
  if (tunnel === null)
    return taken === null ? null : deny('UPGRADE_REQUIRED', 'The route is for WebSocket only.', websocket)
  if (taken === null) return deny('UPGRADE_REFUSED', 'The route takes no upgrade.')
  if (tunnel.protocol !== taken) return deny('UPGRADE_REFUSED', 'The protocol asked for is not websocket.')
  if (arrival.method !== 'GET' || arrival.httpVersion !== '1.1')
    return deny('UPGRADE_REFUSED', 'An upgrade to WebSocket is a GET in HTTP/1.1 (RFC 6455 §4.1).')
  const hasBody = (request!.contentLength ?? 0) > 0 || headerCount(arrival.headers, 'transfer-encoding') > 0
  return hasBody ? deny('UPGRADE_REFUSED', 'An upgrade with a body is two messages in one place.') : null
}
