import { parseArgs } from 'node:util'
import type { Population } from './population.ts'

export type GenerateArguments = {
  readonly population: Population
  readonly url: string
  readonly migrate: boolean
  readonly add: boolean
}

export const usage = `npm run generate -- --tenants N --users N --workspaces N [options]

  --tenants N     how many
  --users N       members of each, on average; a few tenants are large, most are small
  --workspaces N  of each, on average
  --projects N    in each workspace, on average (2)
  --seed N        the same numbers make the same rows (1)
  --url URL       Postgres, as a superuser; by default DATABASE_URL
  --migrate       bring the schema up to this version first
  --add           also into a database that has tenants; goes on with what was stopped`

/** Null when the arguments make no sense. */
export function readArguments(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): GenerateArguments | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        tenants: { type: 'string' },
        users: { type: 'string' },
        workspaces: { type: 'string' },
        projects: { type: 'string', default: '2' },
        seed: { type: 'string', default: '1' },
        url: { type: 'string' },
        migrate: { type: 'boolean', default: false },
        add: { type: 'boolean', default: false },
      },
    })
    const url = values.url ?? env.DATABASE_URL
    if (url === undefined || !URL.canParse(url) || !/^postgres(ql)?:/.test(url)) return null
    const population = {
      tenants: number(values.tenants, 1, 10_000_000),
      usersPerTenant: number(values.users, 1, 10_000),
      workspacesPerTenant: number(values.workspaces, 0, 1_000),
      projectsPerWorkspace: number(values.projects, 0, 400),
      seed: number(values.seed, 0, Number.MAX_SAFE_INTEGER),
    }
    return { population, url, migrate: values.migrate, add: values.add }
  } catch {
    return null
  }
}

function number(text: string | undefined, least: number, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text ?? '') || value < least || value > most) throw new RangeError()
  return value
}
