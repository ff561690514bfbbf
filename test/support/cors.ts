import type { CorsPolicy } from '../../src/http1/cors.ts'
import { createCors } from '../../src/http1/cors.ts'

export const corsPolicy: CorsPolicy = {
  origins: ['https://app.example', 'http://localhost:3000'],
  requestFields: ['Authorization', 'Content-Type'],
  responseFields: ['X-Request-ID'],
  credentials: false,
  maxAgeSeconds: 600,
}

/** As by default: no page of another origin may read anything. */
export const noCors = createCors({ ...corsPolicy, origins: [] })

export const someCors = createCors(corsPolicy)
