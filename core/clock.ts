/**
 * How far this machine's clock is from a server's. BullMQ takes the time of jobs' locks and delays from its clients: machines that
 * disagree run a job twice, or much too late.
 */

/** Milliseconds of difference that locks of several seconds bear. */
export const bearableSkewMs = 2_000

/**
 * Milliseconds by which the two clocks differ at least; the time that the question took counts in our favour.
 * @param ask resolves with the server's time in milliseconds since 1970
 */
export async function clockSkew(ask: () => Promise<number>, now: () => number = Date.now): Promise<number> {
  const before = now()
  const theirs = await ask()
  const after = now()
  return Math.max(0, before - theirs, theirs - after)
}
