/**
 * Whether somebody's account in a target holds a name that is being made up. Asked before anything is written, and only read; a target that does not
 * answer in time keeps nobody waiting, because the step itself does not take a stranger's account either.
 */
import type { Account } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { foldKey } from '#core/ledger/identity.ts'
import type { Logger } from '#core/log.ts'
import type { Attributes } from '#core/values.ts'
import type { OpenTargets } from '#connectors/open-targets.ts'
import type { HeldName } from '#rules/index.ts'

export interface NameCheck {
  /** Whether a stranger's account holds the value; false too where nobody could be asked in time. */
  isHeld(
    value: string,
    heldIn: readonly HeldName[],
    isOwn: (target: string, nativeId: string) => Promise<boolean>,
  ): Promise<boolean>
}

export interface NameCheckDeps {
  readonly targets: Pick<OpenTargets, 'open'>
  /** Targets that nobody may call now. */
  readonly parked: () => readonly string[]
  readonly log: Logger
  /** For all the targets that are asked about one name; 0 asks nobody. */
  readonly deadlineMs: number
}

/** How long a target that did not answer is left alone; twice as long each further time, up to the second. */
const silence = { firstMs: 10_000, longestMs: 300_000 } as const
/** How long a name is known to be a stranger's. */
const rememberMs = 10_000
const mostRemembered = 10_000

export function createNameCheck({ targets, parked, log, deadlineMs }: NameCheckDeps): NameCheck {
  const silent = new Map<string, { readonly until: number; readonly forMs: number }>()
  const strangers = new Map<string, number>()

  async function holders(target: string, attribute: string, value: string, signal: AbortSignal): Promise<readonly Account[]> {
    await using driver = await targets.open(target, signal)
    const found = await driver.find({ nativeId: null, correlate: { [attribute]: [value] } })
    return found === null ? [] : [found]
  }

  async function isStrangers(value: string, held: HeldName, attribute: string, isOwn: (nativeId: string) => Promise<boolean>) {
    const { target } = held
    const signal = AbortSignal.timeout(deadlineMs)
    try {
      for (const account of await inTime(holders(target, attribute, value, signal), signal)) {
        if (!(await isOwn(account.nativeId)) && !matches(account, await held.evidence())) return true
      }
      silent.delete(target)
      return false
    } catch (error) {
      // Two accounts hold it, so at least one is a stranger's.
      if (isGatewayError(error) && error.code === 'ambiguous') return true
      const forMs = Math.min(silence.longestMs, 2 * (silent.get(target)?.forMs ?? silence.firstMs / 2))
      silent.set(target, { until: Date.now() + forMs, forMs })
      log.info({ target, code: isGatewayError(error) ? error.code : 'internal' }, 'a target could not be asked for a name')
      return false
    }
  }

  /** A target that was silent is asked again by one, while the others still do without. */
  function mayAsk(target: string, now: number): boolean {
    const rest = silent.get(target)
    if (rest === undefined) return true
    if (rest.until > now) return false
    silent.set(target, { ...rest, until: now + 2 * deadlineMs })
    return true
  }

  return {
    async isHeld(value, heldIn, isOwn) {
      if (deadlineMs === 0) return false
      const now = Date.now()
      const away = new Set(parked())
      const asked = heldIn.filter(({ target }) => !away.has(target) && mayAsk(target, now))
      const questions = asked.flatMap((held) => held.attributes.map((attribute) => ({ held, attribute })))
      const answers = questions.map(async ({ held, attribute }) => {
        const key = JSON.stringify([held.target, attribute, foldKey(value)])
        if ((strangers.get(key) ?? 0) > now) return true
        const isHeld = await isStrangers(value, held, attribute, (nativeId) => isOwn(held.target, nativeId))
        if (isHeld) remember(strangers, key, now + rememberMs)
        return isHeld
      })
      return (await Promise.all(answers)).includes(true)
    },
  }
}

/** A driver may take longer to notice that its time is over. */
async function inTime<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const late = Promise.withResolvers<never>()
  const tooLate = () => late.reject(new GatewayError('transient', 'the target did not answer in time', { sent: 'no' }))
  signal.addEventListener('abort', tooLate, { once: true })
  try {
    return await Promise.race([work, late.promise])
  } finally {
    signal.removeEventListener('abort', tooLate)
    work.catch(() => undefined)
  }
}

/** The account holds all that the identity's own would hold; letters' case does not count. */
function matches(account: Account, evidence: Attributes | null): boolean {
  if (evidence === null) return false
  const held = new Map(Object.entries(account.attributes).map(([name, values]) => [name.toLowerCase(), values]))
  return Object.entries(evidence).every(([name, values]) => {
    const found = new Set((held.get(name.toLowerCase()) ?? []).map((value) => foldKey(String(value))))
    return values.every((value) => found.has(foldKey(String(value))))
  })
}

function remember(known: Map<string, number>, key: string, until: number): void {
  known.delete(key)
  known.set(key, until)
  for (const oldest of known.keys()) {
    if (known.size <= mostRemembered) break
    known.delete(oldest)
  }
}
