/** The time that ages are counted from: the server's during the first paint, then the browser's, every ten seconds. */
export class Clock {
  now = $state(0)

  constructor(now: number) {
    this.now = now
  }

  /** Starts ticking; returns what stops it. */
  start(): () => void {
    this.now = Date.now()
    const timer = setInterval(() => (this.now = Date.now()), 10_000)
    return () => clearInterval(timer)
  }
}
