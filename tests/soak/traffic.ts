/**
 * The traffic of a soak: so many requests a second from a client that behaves as a good IAM does. It sends again what was not
 * answered, under the same Idempotency-Key, to whichever server lives; what was answered 2xx is written down, to be held to later.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { oneOf, type Choices } from '../simulate/choices.ts'
import { refusedDepartment } from './targets.ts'

export interface Accepted {
  readonly id: string
  readonly login: string
  readonly kind: 'create' | 'update' | 'disable'
  /** The number that this request writes into every account. */
  readonly mark: number
}

export interface Traffic {
  readonly accepted: readonly Accepted[]
  /** Calls that had to be sent again. */
  readonly repeated: number
  /** Definite refusals at the door, which a soak should not see; with their bodies. */
  readonly refusals: readonly string[]
  /** One newcomer, besides the stream; resolves with the request's id. */
  newcomer(): Promise<string>
  /** Ends the stream, and resolves when nothing of it is under way. */
  stop(): Promise<void>
}

export interface TrafficOptions {
  readonly choices: Choices
  /** Addresses of the servers that live. */
  readonly servers: () => readonly string[]
  readonly apiKey: string
  readonly perSecond: number
}

/** More calls than this under way: the stream waits, as an IAM would. */
const mostUnderWay = 300
const answerWithinMs = 10_000
const mix = [...Array<'create'>(11).fill('create'), ...Array<'update'>(8).fill('update'), 'disable'] as const

export function startTraffic({ choices, servers, apiKey, perSecond }: TrafficOptions): Traffic {
  const accepted: Accepted[] = []
  const refusals: string[] = []
  /** Who was accepted as created and not yet as disabled. */
  const living: number[] = []
  const underWay = new Set<Promise<unknown>>()
  let repeated = 0
  let mark = 0
  let people = 0
  let open = true
  let turn = 0
  // In turn, not by choice: how often a call is sent again is no part of what the seed decides.
  const nextServer = () => servers()[turn++ % servers().length] ?? ''

  async function send(request: Omit<Accepted, 'id'>, body: object): Promise<string> {
    const key = randomUUID()
    for (let attempt = 0; ; attempt++) {
      const answer = await post(nextServer(), apiKey, key, body)
      if (answer.status >= 200 && answer.status < 300) {
        accepted.push({ ...request, id: answer.id })
        return answer.id
      }
      const isDefinite = answer.status >= 400 && answer.status < 500 && ![408, 409, 425, 429].includes(answer.status)
      if (isDefinite) {
        refusals.push(`${answer.status} ${answer.text}`)
        return ''
      }
      repeated++
      await delay(Math.max(answer.retryAfterMs, Math.min(100 * 2 ** attempt, 2_000)))
    }
  }

  async function create(department: string): Promise<string> {
    const number = ++people
    const request = { login: `u${number}`, kind: 'create' as const, mark: ++mark }
    const attributes = { employeeNumber: String(number), department, mark: request.mark }
    const id = await send(request, { kind: 'create', externalId: `E${number}`, attributes })
    if (id !== '' && department !== refusedDepartment) living.push(number)
    return id
  }

  async function change(kind: 'update' | 'disable'): Promise<unknown> {
    const index = choices.pick(Math.max(1, living.length))
    const number = living[index]
    if (number === undefined) return create(department())
    if (kind === 'disable') living.splice(index, 1)
    const request = { login: `u${number}`, kind, mark: ++mark }
    const attributes = kind === 'disable' ? {} : { mark: request.mark, department: department() }
    return send(request, { kind, externalId: `E${number}`, attributes })
  }

  const department = () => (choices.chance(0.04) ? refusedDepartment : oneOf(choices, ['Finance', 'Sales', 'Support']))
  const next = () => {
    const kind = oneOf(choices, mix)
    return kind === 'create' ? create(department()) : change(kind)
  }

  async function stream(): Promise<void> {
    const start = performance.now()
    for (let sent = 0; open; sent++) {
      const due = start + (sent * 1000) / perSecond
      const early = due - performance.now()
      if (early > 0) await delay(early)
      while (open && underWay.size >= mostUnderWay) await delay(20)
      if (!open) return
      const call: Promise<unknown> = next().finally(() => underWay.delete(call))
      underWay.add(call)
    }
  }
  const streaming = stream()
  return {
    accepted,
    refusals,
    get repeated() {
      return repeated
    },
    newcomer: () => create('Finance'),
    async stop() {
      open = false
      await streaming
      await Promise.all(underWay)
    },
  }
}

interface PostAnswer {
  readonly status: number
  readonly id: string
  readonly text: string
  readonly retryAfterMs: number
}

/** Status 0 when there was no answer. */
async function post(url: string, apiKey: string, key: string, body: object): Promise<PostAnswer> {
  try {
    const response = await fetch(`${url}/api/v1/requests`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${apiKey}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': key,
        Prefer: 'respond-async, return=minimal',
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(answerWithinMs),
    })
    const text = await response.text()
    const id = response.ok ? (JSON.parse(text) as { id: string }).id : ''
    return { status: response.status, id, text, retryAfterMs: Number(response.headers.get('Retry-After') ?? 0) * 1000 }
  } catch (error) {
    return { status: 0, id: '', text: String(error), retryAfterMs: 0 }
  }
}
