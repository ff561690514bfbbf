import type { Cors } from '../../http1/cors.ts'
import { preflightMethod } from '../../http1/cors.ts'
import { refusedBy } from '../../http1/rules.ts'
import { refusedWebSocket } from '../../http1/websocket.ts'
import type { HeaderList } from '../../lib/header-list.ts'
import type { RouteRule } from '../../route/rule.ts'
import type { RouteTable } from '../../route/table.ts'
import type { Exchange } from '../exchange.ts'
import type { OwnAnswer, RouteStage, Verdict } from '../verdict.ts'
import { deny, denyRefused } from '../verdict.ts'

/**
 * Builds the stage that finds the rule a request falls under.
 *
 * What no rule names is not forwarded, and neither is a route whose isolation is not proven. A chunked body is counted
 * while it is forwarded; one that announces too much is refused here. A browser that asks beforehand whether a page of
 * another origin may send a request is answered under the rule of that request, where origins are configured.
 *
 * @returns a stage that sets `exchange.route`; refuses with ROUTE_UNKNOWN, TARGET_MALFORMED (the path is odd, and no
 *   tail takes that), METHOD_UNKNOWN, NOT_ISOLATED, UPGRADE_REFUSED, UPGRADE_REQUIRED, ORIGIN_REFUSED or BODY_TOO_LARGE
 */
export function createRoute(table: RouteTable, cors: Cors): RouteStage {
  return exchange => {
    const { arrival, tunnel } = exchange
    const request = exchange.request!
    const asked =
      cors.varies && tunnel === null ? preflightMethod(arrival.method, request.origin, arrival.headers) : null
    const match = table.match(asked ?? arrival.method, request.segments, request.oddities)
    if (match === 'path-unknown')
      return request.oddities === null
        ? deny('ROUTE_UNKNOWN', 'No route has this path.')
        : denyRefused(request.oddities.refusal)
    if ('allowed' in match)
      return deny('METHOD_UNKNOWN', `The path is known with ${match.allowed}.`, ['Allow', match.allowed])
    exchange.route = match
    if (asked !== null) return answerPreflight(request.origin!, asked)

    const { rule } = match
    if (rule.isolation.by === 'nothing') return deny('NOT_ISOLATED', rule.isolation.reason)
    const upgrade = judgeUpgrade(exchange, rule)
    if (upgrade !== null) return upgrade
    if (request.contentLength !== null && request.contentLength > rule.bodyBytesMax)
      return deny(
        'BODY_TOO_LARGE',
        `The body has ${request.contentLength} bytes, the route takes ${rule.bodyBytesMax}.`,
      )
    return null
  }

  /** Tells no more than the request itself would without a token: whether there is such a route. */
  function answerPreflight(origin: string, method: string): OwnAnswer | Verdict {
    const headers = cors.preflightFields(origin, method)
    return headers === null
      ? denyRefused(refusedBy('origin-unknown', origin))
      : { answers: 204, headers: [...headers, 'Vary', 'Origin, Access-Control-Request-Method'] }
  }
}

const websocket: HeaderList = Object.freeze(['Upgrade', 'websocket', 'Sec-WebSocket-Version', '13'])

/**
 * Only WebSocket is ever joined; h2c above all is not, for nobody would judge what it carries (threats 85). A page may
 * open a WebSocket to anywhere and read it, whatever CORS says: so its origin is judged here (RFC 6455 §10.2).
 */
function judgeUpgrade({ tunnel, arrival, request }: Exchange, { upgrade, origins }: RouteRule): Verdict {
  if (tunnel === null)
    return upgrade === null ? null : deny('UPGRADE_REQUIRED', 'The route is for WebSocket only.', websocket)
  if (upgrade === null) return denyRefused(refusedBy('upgrade-not-taken', tunnel.protocol))
  if (tunnel.protocol !== upgrade) return denyRefused(refusedBy('upgrade-unknown', tunnel.protocol))
  const { origin, contentLength } = request!
  const { method, httpVersion, headers } = arrival
  const refused = refusedWebSocket({ method, httpVersion, headers, contentLength })
  if (refused !== null)
    return denyRefused(refused, refused.refused === 'UPGRADE_REQUIRED' ? websocket : undefined)
  return origin === null || origins.includes(origin) ? null : denyRefused(refusedBy('origin-unknown', origin))
}
