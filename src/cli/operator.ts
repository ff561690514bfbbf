import { v7 as uuidv7 } from 'uuid'
import type { OwnerTransactions } from '../store/postgres/owner-transactions.ts'
import type { Command, Terminal, Values } from './command.ts'
import { ownerOptions } from './database-owner.ts'
import type { ExitCode } from './exit.ts'
import { exitCodes } from './exit.ts'
import type { Answer } from './operator-answer.ts'
import {
  createdAnswer,
  enteredAnswer,
  leftAnswer,
  listedAnswers,
  mistakeSentence,
  revokedAnswer,
} from './operator-answer.ts'
import type { OperatorRequest } from './operator-request.ts'
import { operatorOptions, readOperatorRequest } from './operator-request.ts'
import { fail, inOwnedDatabase } from './owned-database.ts'

const ada = '--issuer https://id.example/v2.0/ --subject 5eed-ada'

export const command: Command = {
  usage: 'create|list|revoke|break-glass|close [--config FILE | --url URL] [--json] …',
  options: {
    ...operatorOptions,
    ...ownerOptions,
    json: { type: 'boolean', meaning: 'Print each result as one line of JSON' },
  },
  positionals: [1, 1],
  examples: [
    `postern operator create --name 'Ada Lovelace' ${ada}`,
    `postern operator create --name 'Ada Lovelace' ${ada} --tenant acme --tenant-name Acme --plan free`,
    'postern operator list --config control.yaml',
    `postern operator break-glass --tenant acme ${ada} --role admin --minutes 30 --reason 'Ticket 4711: …'`,
    `postern operator close --tenant acme ${ada}`,
    `postern operator revoke ${ada}`,
  ],
  run: async (values, positionals, terminal) => {
    const request = readOperatorRequest(positionals[0]!, values)
    if ('complaint' in request) {
      terminal.err(`postern: ${request.complaint}`)
      terminal.err('Type: postern help operator')
      return exitCodes.usage
    }
    return await inOwnedDatabase(values, terminal, ownerUrl => carryOut(request, values, ownerUrl, terminal))
  },
}

async function carryOut(
  request: OperatorRequest,
  values: Values,
  ownerUrl: string,
  terminal: Terminal,
): Promise<ExitCode> {
  const { withOwnerTransactions } = await import('../store/postgres/owner-transactions.ts')
  const events = { onIdleLost: () => {} }
  const where = typeof values.config === 'string' ? ` --config ${values.config}` : ''
  const answers = await withOwnerTransactions({ ownerUrl, events }, all => answersTo(request, all, where))
  if (typeof answers === 'string') return fail(terminal, answers)
  for (const { lines, json } of answers) {
    for (const line of values.json === true ? [JSON.stringify(json)] : lines) terminal.out(harmless(line))
  }
  return exitCodes.ok
}

/** A name in the database may hold what a terminal would obey. */
function harmless(line: string): string {
  return line.replace(/\p{C}/gu, '\ufffd')
}

/** @returns a sentence where nothing was done */
async function answersTo(
  request: OperatorRequest,
  transactions: OwnerTransactions,
  where: string,
): Promise<readonly Answer[] | string> {
  const operators = await import('../store/postgres/operators.ts')
  const { enterTenant, leaveTenant } = await import('../store/postgres/break-glass.ts')
  switch (request.action) {
    case 'list':
      return listedAnswers(await operators.allOperators(transactions))
    case 'create': {
      const { identity, name: displayName } = request
      const tenant = request.tenant === null ? null : { id: uuidv7(), ...request.tenant }
      const wanted = { userId: uuidv7(), identity, displayName, tenant }
      return answer(await operators.createOperator(transactions, wanted), createdAnswer)
    }
    case 'revoke':
      return answer(await operators.endOperator(transactions, request.identity), revokedAnswer)
    case 'break-glass': {
      const entered = await enterTenant(transactions.runtime, { grantId: uuidv7(), ...request })
      return answer(entered, done => enteredAnswer(done, request, where))
    }
    case 'close':
      return answer(await leaveTenant(transactions.runtime, request), leftAnswer)
  }
}

type Mistake = Parameters<typeof mistakeSentence>[0]

function answer<Done extends object>(
  result: Done | Mistake,
  inWords: (done: Done) => Answer,
): readonly Answer[] | string {
  return 'mistake' in result ? mistakeSentence(result) : [inWords(result)]
}
