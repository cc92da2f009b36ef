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

interface Question {
  readonly value: string
  readonly held: HeldName
  readonly attribute: string
  /** When it was asked, before it waited for its turn. */
  readonly asked: number
  readonly isOwn: (target: string, nativeId: string) => Promise<boolean>
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
/** Questions to one target at once: a hundred newcomers at the same moment are no reason to wait for connections in vain. */
const mostAtOnce = 4

export function createNameCheck({ targets, parked, log, deadlineMs }: NameCheckDeps): NameCheck {
  const answered = new Map<string, number>()
  const turns = new Map<string, Turns>()
  const silent = new Map<string, { readonly since: number; readonly until: number; readonly forMs: number }>()
  const strangers = new Map<string, number>()

  async function holders(target: string, attribute: string, value: string, signal: AbortSignal): Promise<readonly Account[]> {
    await using driver = await targets.open(target, signal)
    const found = await driver.find({ nativeId: null, correlate: { [attribute]: [value] } })
    return found === null ? [] : [found]
  }

  async function isStrangers({ value, held, attribute, asked, isOwn }: Question): Promise<boolean> {
    const { target } = held
    const begun = performance.now()
    // Its turn came too late, or the target fell silent while it waited.
    if (begun - asked > deadlineMs || (silent.get(target)?.since ?? -1) >= asked) return false
    const signal = AbortSignal.timeout(deadlineMs)
    try {
      const found = await inTime(holders(target, attribute, value, signal), signal)
      answered.set(target, performance.now())
      silent.delete(target)
      for (const account of found)
        if (!(await isOwn(target, account.nativeId)) && !matches(account, await held.evidence())) return true
      return false
    } catch (error) {
      // Two accounts hold it, so at least one is a stranger's.
      if (isGatewayError(error) && error.code === 'ambiguous') return true
      // Others were answered meanwhile: it is slow, and not silent.
      if ((answered.get(target) ?? -1) >= begun) return false
      const forMs = Math.min(silence.longestMs, 2 * (silent.get(target)?.forMs ?? silence.firstMs / 2))
      silent.set(target, { since: performance.now(), until: Date.now() + forMs, forMs })
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
      const asked = performance.now()
      const away = new Set(parked())
      const awake = heldIn.filter(({ target }) => !away.has(target) && mayAsk(target, now))
      const questions = awake.flatMap((held) => held.attributes.map((attribute) => ({ held, attribute })))
      const answers = questions.map(async ({ held, attribute }) => {
        const key = JSON.stringify([held.target, attribute, foldKey(value)])
        if ((strangers.get(key) ?? 0) > now) return true
        const turn = turns.get(held.target) ?? createTurns(mostAtOnce)
        turns.set(held.target, turn)
        const isHeld = await turn.take(() => isStrangers({ value, held, attribute, asked, isOwn }))
        if (isHeld) remember(strangers, key, now + rememberMs)
        return isHeld
      })
      return (await Promise.all(answers)).includes(true)
    },
  }
}

interface Turns {
  take<Result>(work: () => Promise<Result>): Promise<Result>
}

/** So many at a time; the others wait in line. */
function createTurns(most: number): Turns {
  const line: (() => void)[] = []
  let taken = 0
  return {
    async take(work) {
      if (taken >= most) await new Promise<void>((resolve) => line.push(resolve))
      else taken++
      try {
        return await work()
      } finally {
        const next = line.shift()
        if (next === undefined) taken--
        else next()
      }
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
