import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CancelTimer, Clock } from '../lib/clock.ts'

const eventsMax = 3600

/**
 * Server-sent events: the first at once, then one a second, until the client leaves or an hour is over.
 *
 * @returns answers one request
 */
export function createDemoEvents(clock: Clock): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
    if (request.method === 'HEAD') {
      response.end()
      return
    }
    let count = 0
    let stop: CancelTimer = () => {}
    response.once('close', () => stop())
    send()

    function send(): void {
      count += 1
      const event = { count, atMs: clock.nowMs() }
      response.write(`id: ${count}\nevent: tick\ndata: ${JSON.stringify(event)}\n\n`)
      if (count < eventsMax) stop = clock.after(1000, send)
      else response.end()
    }
  }
}
