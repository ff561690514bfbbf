import { z } from 'zod'
import { count, httpUrl, milliseconds, text, word } from './values.ts'

const day = 86_400

export const signatureAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const

/** One identity provider. Which of jwksUri and discoveryUri is set, and how far away, is checked in issuer-checks.ts. */
export const issuerSchema = z.strictObject({
  issuer: text.describe('Compared byte for byte with `iss`. That of Azure AD B2C ends in a slash.'),
  jwksUri: httpUrl.nullable().default(null).describe('Where the key set is. Either this or discoveryUri.'),
  discoveryUri: httpUrl
    .nullable()
    .default(null)
    .describe('An OpenID Connect discovery document; it must name this issuer.'),
  audiences: z.array(word).min(1).max(50).describe('One of them must be in `aud`.'),
  algorithms: z
    .array(z.enum(signatureAlgorithms))
    .min(1)
    .default(['RS256'])
    .describe('Signature algorithms that are accepted. Only asymmetric ones exist here.'),
  types: z
    .array(word)
    .min(1)
    .max(10)
    .default(['jwt', 'at+jwt'])
    .describe('Accepted `typ` headers, in any case; an absent one counts as jwt.'),
  policies: z
    .array(word)
    .max(50)
    .default([])
    .describe('Azure AD B2C user flows (`tfp` or `acr`) that are accepted, in any case; empty accepts any.'),
  clockSkewSeconds: z.int().min(0).max(300).default(30).describe('How far its clock may be from ours.'),
  lifetimeSecondsMax: count(30 * day)
    .default(day)
    .describe('The longest `exp` − `iat` that is believed.'),
  claims: z
    .strictObject({
      subject: word.default('sub').describe('The claim that names the principal.'),
      tenant: word
        .nullable()
        .default(null)
        .describe('The claim that selects a tenant; null where none does.'),
      session: word
        .nullable()
        .default('sid')
        .describe('The claim that names the session, which can be revoked; null where none does.'),
    })
    .prefault({})
    .describe('Where the claims are that Postern reads.'),
})

export const deniedKeySchema = z.strictObject({
  issuer: text.describe('One of the issuers.'),
  keyId: z.string().min(1).max(256).describe('The `kid` that is believed no more.'),
})

/** How the key sets of all issuers are fetched and kept. */
export const keysSchema = z
  .strictObject({
    refreshMs: milliseconds(day * 1000, 1000)
      .default(300_000)
      .describe('A key set older than this is fetched again, in the background.'),
    staleMs: milliseconds(7 * day * 1000)
      .default(day * 1000)
      .describe('How long a key set is used when its issuer cannot be reached.'),
    cooldownMs: milliseconds(3_600_000, 1000)
      .default(30_000)
      .describe('Between two fetches that unknown key ids or failures cause.'),
    timeoutMs: milliseconds(60_000, 1).default(3000).describe('Deadline of one fetch.'),
    retryMs: milliseconds(60_000, 10)
      .default(500)
      .describe('The first wait after a failure while no set is held; it doubles up to cooldownMs.'),
    missMs: milliseconds(3_600_000)
      .default(30_000)
      .describe('How long an unknown key id is remembered as unknown.'),
    unknownKeyIds: count(100_000)
      .default(1000)
      .describe('How many unknown key ids are remembered, per issuer.'),
    waiters: count(100_000).default(1000).describe('How many requests may wait for one fetch.'),
    keys: count(10_000).default(100).describe('The most keys of one set.'),
    bytes: count(10_485_760).default(524_288).describe('The largest key set or discovery document.'),
  })
  .prefault({})
