/**
 * From a request to its jobs: a page that lists those that the queues still hold. Ids are made, not searched for: they follow from the
 * request's generation and bell. Jobs that are done leave the queue at once, so often there is nothing, and the page says so.
 */
import { html } from 'hono/html'
import type { Sql } from '#core/database.ts'
import { applyQueue, finalizeQueue, undoQueue, type Queues } from '#core/queues.ts'
import type { Words } from './verbs.ts'

export interface FoundJob {
  readonly queue: string
  readonly id: string
  readonly state: string
}

/** Generations, and bells of each, that are looked for: the newest. */
const generations = 3
const bells = 5

/** null when there is no such request. */
export async function findJobs(sql: Sql, queues: Pick<Queues, 'queue'>, requestId: string): Promise<readonly FoundJob[] | null> {
  const [request] = await sql<{ generation: number; bell: number; targets: string[] | null }[]>`
    select generation, bell, (select array_agg(target order by target) from step where request_id = request.id) as targets
    from request where id = ${requestId}`
  if (request === undefined) return null
  const { generation, bell, targets } = request
  const rings = Array.from({ length: Math.min(generation, generations) }, (_, back) => generation - back).flatMap((own) => {
    const newest = own === generation ? bell : bells - 1
    const count = Math.min(newest + 1, bells)
    return Array.from({ length: count }, (_, back) => ({ generation: own, bell: newest - back }))
  })
  const wanted = rings.flatMap((ring) => jobIds(requestId, ring, targets ?? []))
  const found = await Promise.all(
    wanted.map(async ({ queue, id }) => {
      const job = await queues.queue(queue).getJob(id)
      return job === undefined ? [] : [{ queue, id, state: String(await job.getState()) }]
    }),
  )
  return found.flat()
}

/** As the relay makes them: `r-<request>-g<generation>[-undo][-<target>][-b<bell>]`. */
function jobIds(requestId: string, { generation, bell }: { generation: number; bell: number }, targets: readonly string[]) {
  const suffix = bell > 0 ? `-b${bell}` : ''
  const start = `r-${requestId}-g${generation}`
  return ['', '-undo'].flatMap((topic) => [
    { queue: finalizeQueue, id: `${start}${topic}${suffix}` },
    ...targets.map((target) => ({
      queue: topic === '' ? applyQueue(target) : undoQueue(target),
      id: `${start}${topic}-${target}${suffix}`,
    })),
  ])
}

const words = {
  title: { en: 'Jobs of this request', fr: 'Travaux de cette demande' },
  none: {
    en: 'The queues hold no job of this request any more: what is done leaves them at once. Its history stands in Passerelle.',
    fr: 'Les files n’ont plus de travail pour cette demande : ce qui est fait les quitte aussitôt. Son historique est dans Passerelle.',
  },
  back: { en: 'The request in Passerelle', fr: 'La demande dans Passerelle' },
  board: { en: 'All queues', fr: 'Toutes les files' },
  queue: { en: 'Queue', fr: 'File' },
  job: { en: 'Job', fr: 'Travail' },
  state: { en: 'State', fr: 'État' },
} satisfies Record<string, Words>

export const jobsPageStyle = `
:root { color-scheme: light dark; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.5rem; border-bottom: 1px solid color-mix(in srgb, currentcolor 25%, transparent); text-align: left; overflow-wrap: anywhere; }`

export function jobsPage(requestId: string, jobs: readonly FoundJob[], language: 'en' | 'fr') {
  const say = (name: keyof typeof words) => words[name][language]
  const rows = jobs.map(
    ({ queue, id, state }) =>
      html`<tr>
        <td>${queue}</td>
        <td><a href="/queues/queue/${encodeURIComponent(queue)}/${encodeURIComponent(id)}">${id}</a></td>
        <td>${state}</td>
      </tr>`,
  )
  const table = html`<table>
    <thead>
      <tr>
        <th scope="col">${say('queue')}</th>
        <th scope="col">${say('job')}</th>
        <th scope="col">${say('state')}</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${say('title')} · Passerelle</title>
        <link rel="icon" href="/favicon.svg" />
        <link rel="stylesheet" href="/queues/jobs.css" />
      </head>
      <body>
        <main>
          <h1>${say('title')}</h1>
          ${jobs.length === 0 ? html`<p>${say('none')}</p>` : table}
          <p><a href="/requests/${requestId}">${say('back')}</a> · <a href="/queues">${say('board')}</a></p>
        </main>
      </body>
    </html>`
}
