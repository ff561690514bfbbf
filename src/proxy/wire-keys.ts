import type { KeyObject } from 'node:crypto'
import type { DocumentKeys } from '../access/signed-document.ts'
import type { ProxyConfig } from '../config/config.ts'
import { keySourceOptions } from '../config/issuers.ts'
import type { Clock } from '../lib/clock.ts'
import type { Issuer } from '../token/issuer.ts'
import { createKeySetFetch } from '../token/key-set-fetch.ts'
import { KeySource } from '../token/key-source.ts'
import type { Events } from './wire-events.ts'

type FetchedKeyOptions = ReturnType<typeof keySourceOptions>

/** The control plane as an issuer of access documents: only its key set is used, nothing else of it is a token's. */
export function documentIssuer(controlUrl: string): Issuer {
  return {
    issuer: controlUrl,
    jwksUri: new URL('/.well-known/postern-access-keys.json', controlUrl).href,
    discoveryUri: null,
    audiences: [],
    algorithms: ['ES256'],
    types: [],
    policies: [],
    clockSkewMs: 0,
    lifetimeMsMax: 0,
    subjectClaim: 'sub',
    tenantClaim: null,
    sessionClaim: null,
  }
}

/**
 * The control plane is ours and close by, and a replica that was just started may sign with a key we have not seen: it
 * is asked again after a second, not after the half minute that an identity provider is spared.
 */
export function documentKeySourceOptions(config: ProxyConfig): FetchedKeyOptions {
  return { ...keySourceOptions(config.keys), cooldownMs: 1000, missMs: 1000 }
}

/** A document is verified at once or not at all: looking for an unknown key starts its fetch, and a later try has it. */
export function documentKeys(keys: KeySource): DocumentKeys {
  return {
    find(keyId): KeyObject | null {
      try {
        const found = keys.find(keyId)
        if (!(found instanceof Promise)) return found === null ? null : found.publicKey
        found.catch(() => {})
        return null
      } catch {
        return null
      }
    },
  }
}

/** A key source that has begun to fetch; `started` resolves when its first attempt is over. */
export function startKeySource(issuer: Issuer, options: FetchedKeyOptions, clock: Clock, events: Events) {
  const keys = new KeySource(issuer, options, {
    clock,
    keySet: createKeySetFetch(issuer, options),
    random: Math.random,
    events: events.keys,
  })
  events.watchKeySet(issuer.issuer, keys)
  return { issuer, keys, started: keys.start() }
}
