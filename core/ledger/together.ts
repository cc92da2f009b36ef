/**
 * Statements of one transaction that need not wait for each other's answers: PostgreSQL does them one after the other all the same, in the
 * order in which they are sent. All of them have ended when one fails: what is sent after the rollback would be done outside of any transaction.
 */
export async function together<const Works extends readonly unknown[]>(
  works: Works,
): Promise<{ -readonly [Index in keyof Works]: Awaited<Works[Index]> }> {
  const ended = await Promise.allSettled(works)
  for (const result of ended) if (result.status === 'rejected') throw result.reason
  return ended.map((result) => (result.status === 'fulfilled' ? result.value : undefined)) as never
}
