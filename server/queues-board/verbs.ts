/**
 * What each verb of Bull Board's API means here, as a table. A verb that is not in it (a newer version's, say) is refused, reading ones
 * too: somebody has to decide first. Every refusal says why, in the words of the person who clicked.
 */

/** In English and French. */
export type Words = { readonly en: string; readonly fr: string }

export type Verb =
  /** Changes nothing. */
  | { readonly does: 'look' }
  /** The gateway's own retry of the job's request, or of those of all failed jobs. */
  | { readonly does: 'retry' | 'retry_all' }
  /** Bull Board does it, once it is on the record as `action`. */
  | { readonly does: 'pass'; readonly action: string }
  /** Bull Board takes a job that has ended out of its list; what is still to run is refused. */
  | { readonly does: 'tidy' | 'tidy_all'; readonly action: string }
  | { readonly does: 'refuse'; readonly why: Words }

const look: Verb = { does: 'look' }
const pass = (action: string): Verb => ({ does: 'pass', action })
const refuse = (en: string, fr: string): Verb => ({ does: 'refuse', why: { en, fr } })

const noJobsByHand = refuse(
  'Jobs are not made or rewritten by hand: a job is only a bell, what is done stands in the ledger. Send a request, or have one done again.',
  'On ne crée ni ne réécrit un travail à la main : il ne fait que sonner, ce qui est à faire est au registre. Envoyez une demande, ou relancez-en une.',
)
const noFlowsByHand = refuse(
  'The flow of a request stays whole: it ends when all its steps have ended. Cancel the request in Passerelle instead.',
  'Le flux d’une demande reste entier : il finit quand toutes ses étapes sont finies. Annulez plutôt la demande dans Passerelle.',
)
const notEmptied = refuse(
  'A queue is not emptied: the gateway would ring again for every request in it. Pause the queue, or cancel the requests in Passerelle.',
  'Une file ne se vide pas : la passerelle sonnerait de nouveau pour chacune de ses demandes. Mettez la file en pause, ou annulez les demandes dans Passerelle.',
)
const notReordered = refuse(
  'The order and the moment of steps are the gateway’s. To hold work back, put the target into maintenance or pause its queue.',
  'L’ordre et le moment des étapes sont l’affaire de la passerelle. Pour retenir le travail, mettez la cible en maintenance ou sa file en pause.',
)
const limitsAreConfigured = refuse(
  'A target’s limits stand in the configuration, so that they are the same after a restart. Change them there.',
  'Les limites d’une cible sont dans la configuration, pour rester les mêmes après un redémarrage. Changez-les là.',
)
const noSchedulesByHand = refuse(
  'The gateway’s own schedules are not changed here.',
  'Les planifications de la passerelle ne se changent pas ici.',
)

export const unknownVerb: Words = {
  en: 'Passerelle does not know this action, so it is refused.',
  fr: 'Passerelle ne connaît pas cette action : elle est refusée.',
}

/** Method and route as Bull Board declares them (`@bull-board/api`, routes), without the board's own address. */
export const verbs: Readonly<Record<string, Verb>> = {
  'get /api/redis/stats': look,
  'get /api/queues': look,
  'get /api/job-schedulers': look,
  'get /api/queues/:queueName/metrics': look,
  'get /api/queues/:queueName/default-job-options': look,
  'get /api/queues/:queueName/workers': look,
  'get /api/queues/:queueName/rate-limit': look,
  'get /api/queues/:queueName/job-data-schema': look,
  'get /api/queues/:queueName/:jobId/logs': look,
  'get /api/queues/:queueName/:jobId/flow': look,
  'get /api/queues/:queueName/:jobId': look,
  'put /api/queues/pause': pass('queues_paused'),
  'put /api/queues/resume': pass('queues_resumed'),
  'put /api/queues/:queueName/pause': pass('queue_paused'),
  'put /api/queues/:queueName/resume': pass('queue_resumed'),
  'put /api/queues/:queueName/retry/:queueStatus': { does: 'retry_all' },
  'put /api/queues/:queueName/:jobId/retry': { does: 'retry' },
  // A delayed job looks into the ledger now instead of later: what it may do is decided there, as ever.
  'put /api/queues/:queueName/promote': pass('jobs_promoted'),
  'put /api/queues/:queueName/:jobId/promote': pass('job_promoted'),
  'put /api/queues/:queueName/rate-limit/release': pass('rate_limit_released'),
  'put /api/queues/:queueName/clean/:queueStatus': { does: 'tidy_all', action: 'jobs_cleaned' },
  'put /api/queues/:queueName/:jobId/clean': { does: 'tidy', action: 'job_cleaned' },
  'put /api/queues/:queueName/empty': notEmptied,
  'put /api/queues/:queueName/obliterate': notEmptied,
  'post /api/queues/:queueName/add': noJobsByHand,
  'patch /api/queues/:queueName/:jobId/update-data': noJobsByHand,
  'put /api/queues/:queueName/:jobId/remove-unprocessed-children': noFlowsByHand,
  'patch /api/queues/:queueName/:jobId/delay': notReordered,
  'patch /api/queues/:queueName/:jobId/priority': notReordered,
  'put /api/queues/:queueName/concurrency': limitsAreConfigured,
  'put /api/queues/:queueName/rate-limit': limitsAreConfigured,
  'put /api/queues/:queueName/job-schedulers/:schedulerId/remove': noSchedulesByHand,
  'patch /api/queues/:queueName/job-schedulers/:schedulerId': noSchedulesByHand,
  'put /api/queues/:queueName/job-schedulers/:schedulerId/run': noSchedulesByHand,
}

export interface KnownVerb {
  readonly verb: Verb
  readonly queue: string | null
  readonly jobId: string | null
  /** The list of jobs that the verb speaks of, such as `failed`. */
  readonly status: string | null
}

const patterns = Object.entries(verbs).map(([key, verb]) => {
  const [method = '', route = ''] = key.split(' ')
  return { method, verb, pattern: new RegExp(`^${route.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`) }
})

/** @param path within the board, such as `/api/queues/apply-hr/retry/failed` */
export function findVerb(method: string, path: string): KnownVerb | null {
  for (const { method: own, verb, pattern } of patterns) {
    const found = own === method.toLowerCase() ? pattern.exec(path) : null
    if (found === null) continue
    const part = (name: string) => decoded(found.groups?.[name])
    return { verb, queue: part('queueName'), jobId: part('jobId'), status: part('queueStatus') }
  }
  return null
}

function decoded(text: string | undefined): string | null {
  if (text === undefined) return null
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
