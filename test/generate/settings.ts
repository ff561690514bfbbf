import { z } from 'zod'
import {
  tenantSettingsOf,
  tenantSettingsSchema,
  workspaceSettingsOf,
  workspaceSettingsSchema,
} from '../../src/tenant/settings.ts'

const kinds = {
  tenant: { schema: tenantSettingsSchema, defaults: tenantSettingsOf({}).settings },
  workspace: { schema: workspaceSettingsSchema, defaults: workspaceSettingsOf({}).settings },
}

/** The JSON Schema of what may be stored, with the values that hold where nothing is. */
export function settingsSchema(kind: keyof typeof kinds): string {
  const { schema, defaults } = kinds[kind]
  const { $schema, properties, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  const members = Object.entries(properties ?? {}).map(([name, part]) => {
    const byDefault: unknown = Reflect.get(defaults, name)
    return [name, byDefault === null ? part : { ...(part as object), default: byDefault }]
  })
  const title = `Postern settings of a ${kind}`
  return `${JSON.stringify({ $schema, title, ...rest, properties: Object.fromEntries(members) }, null, 2)}\n`
}
