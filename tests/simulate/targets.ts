/**
 * Targets that answer as real ones do on bad days: the effect is there and the reply is lost, the effect comes later than the answer, the
 * request never arrived, a stranger has the place. They keep who wrote what, so that every promise about effects can be checked at the
 * moment of the effect.
 */
import type { Account, AccountKey, Writes } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import type { Purpose } from '#core/saga/transitions.ts'
import type { Values } from '#core/values.ts'
import type { Draft, Driver } from '#connectors/kit/connector.ts'
import type { Task, World } from './world.ts'

/** Who wrote a cell: a request, or somebody else; null: it was so before everything. */
export interface Writer {
  readonly by: string
  /** What the cell held before, and who had written that. */
  readonly before: Cell | null
  readonly at: number
}

/** An attribute, `enabled`, or the account's being there. */
export interface Cell {
  readonly value: string
  readonly writer: Writer | null
}

export interface Entry {
  readonly account: Account
  /** `account` (it is there), `enabled`, and one cell for each attribute. */
  readonly cells: Readonly<Record<string, Cell>>
  /** Counts its changes. */
  readonly version: number
}

const untouched: Cell = { value: '', writer: null }

/** How often a target misbehaves, from 0 to 1. */
export interface Manners {
  readonly transient: number
  readonly lostReply: number
  readonly lateEffect: number
  readonly lostCall: number
  readonly slow: number
}

export const perfectManners: Manners = { transient: 0, lostReply: 0, lateEffect: 0, lostCall: 0, slow: 0 }

/** On whose behalf a driver works. */
export interface Worker {
  readonly task: Task
  readonly requestId: string
  readonly generation: number
  readonly purpose: Purpose
  /** The fence of the claim; null before it. */
  fence(): number | null
}

export interface Effect {
  readonly target: FakeTarget
  readonly worker: Worker
  readonly fence: number | null
  readonly nativeId: string
  readonly before: Entry | null
  readonly after: Entry | null
  /** The version of the account that its worker had last seen; 0 when it had seen none. */
  readonly seen: number
}

export interface TargetOptions {
  readonly name: string
  /** Refuses a write when the account changed since it was read. */
  readonly conditional: boolean
  readonly settlesWithinMs: number
  readonly deadlineMs: number
  /** Refuses every undo, for ever. */
  readonly forbidsUndo: boolean
}

export class FakeTarget {
  readonly options: TargetOptions
  readonly entries = new Map<string, Entry>()
  /** Requests whose change it refuses. */
  readonly refused = new Set<string>()
  manners: Manners = perfectManners
  isDown = false
  readonly #world: World
  readonly #landed: (effect: Effect) => void
  #ids = 0

  constructor(world: World, options: TargetOptions, landed: (effect: Effect) => void) {
    this.#world = world
    this.options = options
    this.#landed = landed
  }

  open(worker: Worker): Driver {
    return new FakeDriver(this.#world, this, worker)
  }

  newId(): string {
    return `${this.options.name}-${++this.#ids}`
  }

  /** Writes an entry, or removes it (null), as `worker`. */
  put(worker: Worker, fence: number | null, nativeId: string, after: Account | null, seen: number): void {
    const before = this.entries.get(nativeId) ?? null
    const by = `${worker.purpose} ${worker.requestId}`
    const next = after === null ? null : written(before, after, (cell, value) => this.#cell(worker, by, cell, value))
    if (next === null) this.entries.delete(nativeId)
    else this.entries.set(nativeId, next)
    this.#landed({ target: this, worker, fence, nativeId, before, after: next, seen })
  }

  /** An undo gives a cell back to whoever had written what is there now. */
  #cell(worker: Worker, by: string, cell: Cell | null, value: string): Cell {
    const ours = worker.purpose === 'undo' && cell?.writer?.by === `apply ${worker.requestId}` ? cell.writer : null
    if (ours !== null && (ours.before?.value ?? '') === value) return ours.before ?? untouched
    return { value, writer: { by, before: cell, at: this.#world.now } }
  }

  /** Somebody else writes, behind our back. */
  edit(nativeId: string, account: Account, by: string): void {
    const before = this.entries.get(nativeId) ?? null
    const at = this.#world.now
    const writer = (cell: Cell | null) => (by === '' ? null : { by, before: cell, at })
    this.entries.set(
      nativeId,
      written(before, account, (cell, value) => ({ value, writer: writer(cell) })),
    )
  }
}

function written(before: Entry | null, account: Account, write: (cell: Cell | null, value: string) => Cell): Entry {
  const values: Record<string, string> = {}
  for (const name of Object.keys(before?.cells ?? {})) values[name] = ''
  values.account = 'there'
  values.enabled = String(account.enabled)
  for (const [name, list] of Object.entries(account.attributes)) values[name] = list.join(',')
  const cells: Record<string, Cell> = {}
  for (const [name, value] of Object.entries(values)) {
    const cell = before?.cells[name] ?? null
    cells[name] = cell !== null && cell.value === value ? cell : write(cell, value)
  }
  const version = (before?.version ?? 0) + 1
  return { account: { ...account, version: String(version) }, cells, version }
}

class FakeDriver implements Driver {
  readonly #world: World
  readonly #target: FakeTarget
  readonly #worker: Worker
  readonly #seen = new Map<string, number>()

  constructor(world: World, target: FakeTarget, worker: Worker) {
    this.#world = world
    this.#target = target
    this.#worker = worker
  }

  async find({ nativeId, correlate }: AccountKey): Promise<Account | null> {
    const { task } = this.#worker
    await this.#world.pause(task, this.#world.latency())
    this.#refuseWhenDown()
    const entry = nativeId === null ? this.#correlated(correlate) : this.#target.entries.get(nativeId)
    if (entry !== undefined) this.#seen.set(entry.account.nativeId, entry.version)
    const found = entry === undefined ? null : this.#target.options.conditional ? entry.account : withoutVersion(entry.account)
    await this.#world.pause(task, this.#world.latency())
    return found
  }

  create(draft: Draft) {
    return this.#send('create', (put) => {
      this.#refuse()
      const login = String(draft.attributes.login)
      if (this.#holders('login', login).length > 0) throw new GatewayError('exists', 'the login is taken', { sent: 'yes' })
      const nativeId = this.#target.newId()
      const { attributes, memberships, enabled } = draft
      put(nativeId, { nativeId, label: login, attributes, memberships, enabled })
      return { nativeId, label: login }
    })
  }

  modify(current: Account, writes: Writes): Promise<void> {
    return this.#send('modify', (put) => {
      this.#refuse()
      const { account } = this.#unchanged(current)
      const attributes: Record<string, Values> = { ...account.attributes }
      for (const { attribute, after } of writes.attributes) {
        if (after.length > 0) attributes[attribute] = after
        else delete attributes[attribute]
      }
      put(account.nativeId, { ...account, attributes, enabled: writes.enabled?.after ?? account.enabled })
    })
  }

  remove(current: Account): Promise<void> {
    return this.#send('remove', (put) => {
      this.#refuse()
      put(this.#unchanged(current).account.nativeId, null)
    })
  }

  restore(account: Account) {
    return this.#send('restore', (put) => {
      this.#refuse()
      const { nativeId, label } = account
      if (!this.#target.entries.has(nativeId)) put(nativeId, account)
      return { nativeId, label }
    })
  }

  async holdsSecret(): Promise<null> {
    return null
  }
  testConnection(): never {
    throw new Error('nobody tests a connection here')
  }
  discoverSchema(): never {
    throw new Error('nobody asks for a schema here')
  }
  list(): never {
    throw new Error('nobody lists accounts here')
  }
  async [Symbol.asyncDispose](): Promise<void> {}

  /**
   * A call that writes. What was sent lands by itself: it does not matter whether the worker still lives. `write` runs at the target; what it
   * throws is the target's answer.
   */
  async #send<Result>(
    name: string,
    write: (put: (nativeId: string, account: Account | null) => void) => Result,
  ): Promise<Result> {
    const { choices } = this.#world
    const { manners, options, isDown } = this.#target
    const fence = this.#worker.fence()
    const seen = new Map(this.#seen)
    const travel = this.#world.latency() + (choices.chance(manners.slow) ? 5_000 : 0)
    if (isDown || choices.chance(manners.transient)) {
      await this.#world.pause(this.#worker.task, travel)
      throw new GatewayError('transient', 'the target does not answer', { sent: 'no' })
    }
    let answer: { readonly result: Result } | { readonly error: unknown } | undefined
    const land = () => {
      try {
        answer = {
          result: write((nativeId, account) => this.#target.put(this.#worker, fence, nativeId, account, seen.get(nativeId) ?? 0)),
        }
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        answer = { error }
      }
    }
    const isLate = choices.chance(manners.lateEffect)
    const isLost = isLate || choices.chance(manners.lostReply)
    const arrives = !isLost || isLate || !choices.chance(manners.lostCall)
    const landsIn = isLate ? Math.floor((options.settlesWithinMs * choices.pick(20)) / 20) : travel
    this.#note(name, isLate ? `lands in ${landsIn} ms, no reply` : isLost ? (arrives ? 'reply lost' : 'lost on the way') : 'ok')
    if (arrives) this.#world.after(landsIn, land)
    await this.#world.pause(this.#worker.task, isLost ? options.deadlineMs : travel + this.#world.latency())
    if (isLost || answer === undefined) throw new GatewayError('unknown_outcome', 'no reply came', { sent: 'maybe' })
    if ('error' in answer) throw answer.error
    return answer.result
  }

  #note(name: string, fate: string): void {
    const { task, requestId, purpose } = this.#worker
    this.#world.note(
      task.process.name,
      () => `${purpose} of ${requestId.slice(-2)} calls ${this.#target.options.name}: ${name}, ${fate}`,
    )
  }

  #refuse(): void {
    const { requestId, purpose } = this.#worker
    if (purpose === 'apply' && this.#target.refused.has(requestId))
      throw new GatewayError('invalid', 'the target refuses the change', { sent: 'yes' })
    if (purpose === 'undo' && this.#target.options.forbidsUndo)
      throw new GatewayError('denied', 'the target lets nobody undo', { sent: 'yes' })
  }

  #refuseWhenDown(): void {
    if (this.#target.isDown || this.#world.choices.chance(this.#target.manners.transient))
      throw new GatewayError('transient', 'the target does not answer', { sent: 'no' })
  }

  #unchanged(current: Account): Entry {
    const entry = this.#target.entries.get(current.nativeId)
    if (entry === undefined) throw new GatewayError('not_found', 'the account is gone', { sent: 'yes' })
    if (current.version !== undefined && current.version !== String(entry.version))
      throw new GatewayError('stale', 'the account changed since it was read', { sent: 'yes' })
    return entry
  }

  #correlated(correlate: AccountKey['correlate']): Entry | undefined {
    const [hit, second] = this.#holders('uid', String(correlate.uid))
    if (second !== undefined) throw new GatewayError('ambiguous', 'several accounts match', { sent: 'yes' })
    return hit
  }

  #holders(attribute: string, value: string): readonly Entry[] {
    return [...this.#target.entries.values()].filter(({ account }) => String(account.attributes[attribute]) === value)
  }
}

function withoutVersion(account: Account): Account {
  const { version: _, ...rest } = account
  return rest
}
