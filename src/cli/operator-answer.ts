import type { BreakGlassMistake, enterTenant, leaveTenant } from '../store/postgres/break-glass.ts'
import type { CreatedOperator, endOperator, OperatorMistake } from '../store/postgres/operators.ts'
import type { OpenGrant } from '../store/postgres/queries/break-glass.ts'
import type { Operator } from '../store/postgres/queries/operators.ts'
import type { OperatorRequest } from './operator-request.ts'

/** What a command answers: lines for a person, and the same as an object for a program. */
export type Answer = { readonly lines: readonly string[]; readonly json: Readonly<Record<string, unknown>> }

type Done<Result> = Exclude<Awaited<Result>, { readonly mistake: string }>
type Request<Action> = Extract<OperatorRequest, { readonly action: Action }>

export function createdAnswer({ operator, isNew, tenant }: CreatedOperator): Answer {
  const { displayName, userId } = operator
  const lines = [
    isNew
      ? `${displayName} is an operator of the platform now (user ${userId}).`
      : `${displayName} is already an operator of the platform (user ${userId}).`,
  ]
  if (tenant !== null) {
    const { slug, id } = tenant
    lines.push(
      tenant.isNew
        ? `They own the new tenant ${slug} (${id}).`
        : `They own the tenant ${slug} already (${id}).`,
    )
  }
  return { lines, json: { operator, isNew, tenant } }
}

export function listedAnswers(operators: readonly Operator[]): readonly Answer[] {
  return operators.map(operator => {
    const { displayName, identities, createdAtMs, revokedAtMs } = operator
    const names = identities.map(({ issuer, subject }) => `${subject} of ${issuer}`).join(', ')
    const until = revokedAtMs === null ? '' : `, revoked ${timeOf(revokedAtMs)}`
    return {
      lines: [`${displayName} (${names}): operator since ${timeOf(createdAtMs)}${until}`],
      json: operator,
    }
  })
}

export function revokedAnswer({ operator, wasOperator }: Done<ReturnType<typeof endOperator>>): Answer {
  const { displayName } = operator
  const line = wasOperator
    ? `${displayName} is no operator any more. What was open under break-glass is worth nothing now.`
    : `${displayName} was revoked before; nothing changed.`
  return { lines: [line], json: { operator, wasOperator } }
}

export function enteredAnswer(
  { operator, tenant, grant }: Done<ReturnType<typeof enterTenant>>,
  { identity, minutes }: Request<'break-glass'>,
  where: string,
): Answer {
  const { id, role, expiresAtMs } = grant
  const who = `--issuer ${quoted(identity.issuer)} --subject ${quoted(identity.subject)}`
  return {
    lines: [
      `${operator.displayName} may act as ${role} in ${tenant.slug} until ${timeOf(expiresAtMs)}, for ${minutes} minutes.`,
      `Grant ${id}: every request under it is marked with that id and counted.`,
      `Close it as soon as the work is done:`,
      `  postern operator close --tenant ${tenant.slug} ${who}${where}`,
    ],
    json: { operator, tenant, grant },
  }
}

export function leftAnswer({ operator, tenant, closed }: Done<ReturnType<typeof leaveTenant>>): Answer {
  const lines = closed.map(({ id }) => `Closed grant ${id} of ${operator.displayName} in ${tenant.slug}.`)
  if (lines.length === 0)
    lines.push(`Nothing is open for ${operator.displayName} in ${tenant.slug}; nothing changed.`)
  return { lines, json: { operator, tenant, closed } }
}

/** One sentence: what is wrong, and what to do about it. */
export function mistakeSentence(mistake: OperatorMistake | BreakGlassMistake): string {
  if (mistake.mistake === 'already-open') return alreadyOpen(mistake.grant)
  return sentences[mistake.mistake]
}

const sentences: Readonly<
  Record<Exclude<(OperatorMistake | BreakGlassMistake)['mistake'], 'already-open'>, string>
> = {
  'user-deleted': 'that user was deleted; restore them first',
  'identity-of-a-service': 'that issuer and subject are a service’s; an operator is a person',
  'not-an-operator': 'that issuer and subject are no operator’s. Type: postern operator list',
  'operator-revoked': 'that operator was revoked, and is not made one again',
  'slug-taken': 'a tenant that belongs to someone else has that slug; choose another',
  'tenant-unknown': 'there is no tenant with that slug',
}

function alreadyOpen({ id, role, expiresAtMs }: OpenGrant): string {
  return `grant ${id} is open there, as ${role} until ${timeOf(expiresAtMs)}; it is never extended: close it first`
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}

/** As a shell reads one word. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
