import type { Refused } from '../lib/refused.ts'
import type { Claims, TokenRefusalCode } from './claims.ts'
import type { Issuer } from './issuer.ts'
import type { JsonObject } from './json-object.ts'
import { memberOf } from './json-object.ts'
import { refusedBy } from './rules.ts'

/** What the token itself cannot know. */
export type TokenFacts = { readonly keyId: string; readonly digest: string; readonly nowMs: number }

export type ClaimsCheck = (payload: JsonObject, facts: TokenFacts) => Claims | Refused<TokenRefusalCode>

/** Azure AD B2C put this into `sub` of policies that were not told to issue one. */
const legacySubject = 'Not supported currently. Use oid claim.'

const namePattern = /^[\x21-\x7e]{1,255}$/
const tenantRefPattern = /^[A-Za-z0-9._-]{1,64}$/

/** The furthest moment a Date can hold: a later `exp` is no time at all. */
const secondsMax = 8.64e12

/**
 * Builds the check of what a token claims, once its signature is known to be good (RFC 7519 §4.1). Every claim that is
 * read is checked for its type first: what is merely truthy, or coerces to something acceptable, is refused.
 */
export function createClaimsCheck(issuer: Issuer): ClaimsCheck {
  const audiences = new Set(issuer.audiences)
  const policies = new Set(issuer.policies.map(policy => policy.toLowerCase()))

  return (payload, facts) => {
    const times = readTimes(payload)
    if (times === null) return timesInvalid
    const late = checkTimes(times, issuer, facts.nowMs)
    if (late !== null) return late
    if (!isForUs(memberOf(payload, 'aud'), audiences)) return audienceWrong
    if (policies.size > 0 && !isByPolicy(payload, policies)) return policyWrong
    const subject = readSubject(payload, issuer.subjectClaim)
    if (subject === null) return subjectInvalid
    const tenantRef = readOptional(payload, issuer.tenantClaim, tenantRefPattern)
    if (tenantRef === undefined) return tenantInvalid
    const sessionId = readOptional(payload, issuer.sessionClaim, namePattern)
    if (sessionId === undefined) return sessionInvalid
    return {
      issuer: issuer.issuer,
      subject,
      tenantRef,
      sessionId,
      keyId: facts.keyId,
      issuedAtMs: times.issuedAtMs,
      expiresAtMs: times.expiresAtMs,
      digest: facts.digest,
    }
  }
}

const timesInvalid = refusedBy('token-times')
const lifetimeInvalid = refusedBy('token-lifetime')
const expired = refusedBy('token-expired')
const notYet = refusedBy('token-not-yet')
const audienceWrong = refusedBy('token-audience')
const policyWrong = refusedBy('token-policy')
const subjectInvalid = refusedBy('token-subject')
const tenantInvalid = refusedBy('token-tenant')
const sessionInvalid = refusedBy('token-session')

type Times = { readonly issuedAtMs: number; readonly expiresAtMs: number; readonly notBeforeMs: number }

function readTimes(payload: JsonObject): Times | null {
  const expiresAtMs = timeMs(memberOf(payload, 'exp'))
  const issuedAtMs = timeMs(memberOf(payload, 'iat'))
  const notBeforeMs = Object.hasOwn(payload, 'nbf') ? timeMs(memberOf(payload, 'nbf')) : 0
  if (expiresAtMs === null || issuedAtMs === null || notBeforeMs === null) return null
  return { issuedAtMs, expiresAtMs, notBeforeMs }
}

/** A NumericDate (RFC 7519 §2) in milliseconds; JSON can also spell numbers that are infinite. */
function timeMs(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 && value <= secondsMax ? value * 1000 : null
}

function checkTimes(times: Times, issuer: Issuer, nowMs: number): Refused<TokenRefusalCode> | null {
  const { issuedAtMs, expiresAtMs, notBeforeMs } = times
  const lifetimeMs = expiresAtMs - issuedAtMs
  if (lifetimeMs <= 0 || lifetimeMs > issuer.lifetimeMsMax) return lifetimeInvalid
  if (nowMs >= expiresAtMs + issuer.clockSkewMs) return expired
  if (Math.max(issuedAtMs, notBeforeMs) > nowMs + issuer.clockSkewMs) return notYet
  return null
}

function isForUs(audience: unknown, audiences: ReadonlySet<string>): boolean {
  if (typeof audience === 'string') return audiences.has(audience)
  if (!Array.isArray(audience) || !audience.every(item => typeof item === 'string')) return false
  return audience.some(item => audiences.has(item))
}

/** `acr` is the older name and counts only where `tfp` is absent. */
function isByPolicy(payload: JsonObject, policies: ReadonlySet<string>): boolean {
  const policy = memberOf(payload, Object.hasOwn(payload, 'tfp') ? 'tfp' : 'acr')
  return typeof policy === 'string' && policies.has(policy.toLowerCase())
}

function readSubject(payload: JsonObject, claim: string): string | null {
  const named = memberOf(payload, claim)
  const subject = named === legacySubject ? memberOf(payload, 'oid') : named
  return typeof subject === 'string' && namePattern.test(subject) ? subject : null
}

/** Null where the token has no such claim; undefined where it has one that cannot be. */
function readOptional(payload: JsonObject, claim: string | null, pattern: RegExp): string | null | undefined {
  if (claim === null || !Object.hasOwn(payload, claim)) return null
  const value = memberOf(payload, claim)
  return typeof value === 'string' && pattern.test(value) ? value : undefined
}
