/** The service's answer is always this long, whoever is asked for. */
export const answerBytes = 150

/**
 * What the measured service answers: the tenant it was told, and whether an assertion came with it, so that the load
 * can tell a right answer from another tenant's.
 */
export function answerFor(tenantId: string, asserted: boolean): string {
  const start = `{"tenant":"${tenantId}","asserted":${asserted},"notes":"`
  return `${start.padEnd(answerBytes - 2, '.')}"}`
}
