/**
 * What is being written, and what the gateway says of it while it is: problems, tests and a preview, asked when the typing pauses. An answer
 * to a text that is not there any more is dropped.
 */
import type { RuleCheck, RulePreview } from '#lib/api.ts'
import type { Previewed } from '../preview/+server.ts'

/** Milliseconds without a key before anybody is asked. */
const pause = 350

export interface Subject {
  readonly subject: string
  readonly source: string
  readonly externalId: string
}

export class Draft {
  text = $state('')
  cases = $state('')
  check = $state.raw<RuleCheck | null>(null)
  preview = $state.raw<RulePreview | null>(null)
  subject = $state.raw<Subject>({ subject: 'case:0', source: '', externalId: '' })
  /** Whether an answer about the text as it stands is still under way. */
  busy = $state(false)
  /** Whether the gateway could not be asked. */
  lost = $state(false)
  /** Why nobody can be previewed: `nobody` when nobody is named. */
  unseen = $state<string | null>(null)
  readonly #name: string
  #timer: ReturnType<typeof setTimeout> | undefined
  #asking = new AbortController()

  constructor(name: string) {
    this.#name = name
  }

  /** Asks again after a pause; `now` for what is no typing. */
  ask(now = false): void {
    clearTimeout(this.#timer)
    this.busy = true
    this.#timer = setTimeout(() => void this.#ask(), now ? 0 : pause)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#asking.abort()
  }

  async #ask(): Promise<void> {
    this.#asking.abort()
    const asking = new AbortController()
    this.#asking = asking
    const { text, cases, subject } = this
    const [check, preview] = await Promise.all([
      this.#post<RuleCheck>(
        `/api/v1/rules/${this.#name}/check`,
        { text, cases: cases.trim() === '' ? null : cases },
        asking.signal,
      ),
      this.#post<Previewed>(`/rules/${this.#name}/preview`, { text, cases, ...subject }, asking.signal),
    ])
    if (asking.signal.aborted) return
    this.busy = false
    this.lost = check === null || preview === null
    if (check !== null) this.check = check
    this.unseen = preview?.code ?? null
    if (preview !== null) this.preview = preview.preview
  }

  /** Null when there was no answer that helps. */
  async #post<T>(path: string, body: object, signal: AbortSignal): Promise<T | null> {
    try {
      const headers = { 'content-type': 'application/json', accept: 'application/json' }
      const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body), signal })
      return response.ok ? ((await response.json()) as T) : null
    } catch {
      return null
    }
  }
}
