import pg from 'pg'
import t from 'tap'
import { keepsConnection, storeFault } from '../../../src/store/postgres/store-fault.ts'

function serverError(sqlState: string): pg.DatabaseError {
  const error = new pg.DatabaseError('Key (email)=(mona@acme.example) already exists.', 1, 'error')
  error.code = sqlState
  error.detail = 'mona@acme.example'
  error.constraint = 'users_email'
  return error
}

t.test('what is not accepted as data is our mistake, everything else is the store’s', async t => {
  for (const sqlState of ['22P02', '23505', '23503'])
    t.equal(storeFault(serverError(sqlState), 'x').code, 'INTERNAL')
  for (const sqlState of [
    '08006',
    '28P01',
    '3D000',
    '40001',
    '42501',
    '42P01',
    '53300',
    '57014',
    '57P01',
    'XX000',
  ]) {
    t.equal(storeFault(serverError(sqlState), 'x').code, 'STORE_UNAVAILABLE', sqlState)
  }
  t.equal(storeFault(new Error('Connection terminated unexpectedly'), 'x').code, 'STORE_UNAVAILABLE')
})

t.test('what the server quoted is not passed on', async t => {
  const fault = storeFault(serverError('23505'), 'add a user')
  t.same(fault.details, { sqlState: '23505', constraint: 'users_email' })
  t.equal(fault.cause, undefined)
  t.equal(fault.message, 'add a user')
})

t.test('a client is used again only after an error that the server reported and went on from', async t => {
  for (const sqlState of ['22P02', '23505', '42501', '40001'])
    t.equal(keepsConnection(serverError(sqlState)), true)
  for (const sqlState of ['57014', '57P01', '08006']) t.equal(keepsConnection(serverError(sqlState)), false)
  t.equal(keepsConnection(new Error('Query read timeout')), false)
})
