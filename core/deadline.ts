/**
 * A time limit that is over when its work is. `AbortSignal.timeout` lives on until its time has come, and whatever waits for it with it: with
 * a minute for each of thousands of steps, all of that is carried along by the garbage collector.
 */

export interface Deadline extends Disposable {
  /** Aborted when the time is up (`TimeoutError`), or with `outer` and its reason. Once disposed, it is aborted no more. */
  readonly signal: AbortSignal
}

/** Does not keep the process alive. */
export function openDeadline(milliseconds: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController()
  const timeUp = () => controller.abort(new DOMException(`it took longer than ${milliseconds} ms`, 'TimeoutError'))
  const timer = setTimeout(timeUp, milliseconds).unref()
  const passOn = () => controller.abort(outer?.reason)
  if (outer?.aborted === true) passOn()
  else outer?.addEventListener('abort', passOn)
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer)
      outer?.removeEventListener('abort', passOn)
    },
  }
}

/** Of work that cannot be aborted: what it comes to, or an error when that takes longer. */
export async function answersWithin<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('no answer')), milliseconds)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
