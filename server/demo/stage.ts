/** What the demonstration shows with: titles, live progress per target, tables, and a verdict after each act. */
import { styleText } from 'node:util'
import type { Sql } from 'postgres'
import type { RequestDetail, RequestEvent } from '../api/types.ts'

export interface Rows {
  readonly directory: readonly Readonly<Record<string, unknown>>[]
  readonly intranet: readonly Readonly<Record<string, unknown>>[]
}

export interface Stage {
  title(text: string): void
  /** Sends a request, shows what its targets do as it happens, and returns the final state. */
  send(body: unknown): Promise<string>
  /** Prints and returns the rows of both targets. */
  rows(when: 'before' | 'after'): Promise<Rows>
  /** Says whether what should be true is; returns it. */
  check(what: string, isTrue: boolean): boolean
}

const signs: Readonly<Record<string, string>> = {
  claimed: '◐ at work',
  applied: '✓ applied',
  failed: '✕ refused',
  undoing: '↶ taking back',
  undone: '↶ taken back',
  kept: '– nothing to take back',
  unknown: '? outcome unknown',
  stuck: '! stuck',
}

export function openStage({ sql, url, apiKey }: { sql: Sql; url: string; apiKey: string }): Stage {
  const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' }

  async function follow(id: string): Promise<void> {
    const response = await fetch(`${url}/api/v1/requests/${id}/events`, { headers: { ...headers, Accept: 'text/event-stream' } })
    const started = performance.now()
    let text = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) show(block, performance.now() - started)
    }
  }
  return {
    title(text) {
      console.log(`\n${styleText('bold', text)}`)
    },
    async send(body) {
      const posted = await fetch(`${url}/api/v1/requests`, {
        method: 'POST',
        headers: { ...headers, Prefer: 'respond-async' },
        body: JSON.stringify(body),
      })
      const { id } = (await posted.json()) as RequestDetail
      await follow(id)
      const detail = (await (await fetch(`${url}/api/v1/requests/${id}`, { headers })).json()) as RequestDetail
      const took = Date.parse(detail.settledAt ?? '') - Date.parse(detail.receivedAt)
      console.log(
        `  ${styleText('bold', detail.state)} in ${took} ms${detail.problem === null ? '' : ` — ${detail.problem.message}`}`,
      )
      return detail.state
    },
    async rows(when) {
      const directory = await sql`
        select login, display_name, department, title, mail, (select string_agg(group_name, ', ' order by group_name) from demo_directory.membership where person_id = id) as groups
        from demo_directory.person order by id`
      const intranet = await sql`select username, full_name, service, email, status from demo_intranet.account order by id`
      for (const [name, rows] of Object.entries({ directory, intranet })) {
        console.log(styleText('dim', `  ${name}, ${when}:${rows.length === 0 ? ' no rows' : ''}`))
        for (const row of rows)
          console.log(
            `    ${Object.values(row)
              .map((value) => String(value ?? '–'))
              .join('  |  ')}`,
          )
      }
      return { directory: [...directory], intranet: [...intranet] }
    },
    check(what, isTrue) {
      console.log(isTrue ? styleText('green', `  ✓ ${what}`) : styleText('red', `  ✕ not so: ${what}`))
      return isTrue
    },
  }
}

function show(block: string, milliseconds: number): void {
  const data = /^data: (.*)$/m.exec(block)?.[1]
  if (data === undefined) return
  const event = JSON.parse(data) as RequestEvent
  const sign = signs[event.action]
  if (sign === undefined) return
  for (const target of event.targets)
    console.log(`  ${String(Math.round(milliseconds)).padStart(5)} ms  ${target.padEnd(10)} ${sign}`)
}
