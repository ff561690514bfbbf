import t from 'tap'
import { editorSchema, plainSchema } from '../../src/config/json-schema.ts'
import { outdated } from '../generate.ts'

t.test('every generated file is what its sources say', async t => {
  t.same(outdated(), [])
})

t.test('every key that is not a mere map of keys says what it means', async t => {
  const silent: string[] = []
  const visit = (path: string, schema: ReturnType<typeof plainSchema>): void => {
    for (const [key, part] of Object.entries(schema.properties ?? {})) {
      if (part.properties === undefined && (part.description ?? '') === '') silent.push(`${path}.${key}`)
      visit(`${path}.${key}`, part)
    }
    if (schema.items !== undefined) visit(`${path}[]`, schema.items)
  }
  visit('proxy', plainSchema('proxy'))
  visit('control', plainSchema('control'))
  t.same(silent, [])
})

t.test('editors accept a variable where a number stands', async t => {
  const schema = editorSchema('proxy')
  t.match(schema, {
    properties: {
      listen: {
        properties: {
          traffic: { properties: { port: { anyOf: [{ type: 'integer' }, { $ref: '#/$defs/variable' }] } } },
        },
      },
    },
  })
})
