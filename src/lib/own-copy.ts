/**
 * The same text in memory of its own, for what is kept beyond a request: a piece of a longer text keeps all of that in
 * memory, so that a name of 36 characters may hold a target of 64 kB.
 *
 * @param text ASCII
 */
export function ownCopy(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
