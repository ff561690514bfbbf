/** Why this version must not touch the database; null where it may. */
export async function unfitSchema(ownerUrl: string): Promise<string | null> {
  const { migrationStatus } = await import('../store/postgres/migrate.ts')
  const { applied, pending, problem } = await migrationStatus(ownerUrl)
  if (problem !== null || pending.length === 0) return problem
  const what = applied.length === 0 ? 'is empty' : `lacks ${pending[0]}`
  return `the database ${what}. Run postern migrate first`
}
