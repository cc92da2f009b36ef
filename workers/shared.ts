/** What all targets share, opened in one process of a worker: relay, deliveries, simulations and the reconciler. */
import type { CrashPoint } from '#core/crash-points.ts'
import type { Database } from '#core/database.ts'
import type { Environment } from '#core/environment.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import type { Queues } from '#core/queues.ts'
import { openDeliverer } from './deliver.ts'
import { createMailer } from './mailer.ts'
import { openReconciler } from './reconcile.ts'
import { openRelay } from './relay.ts'
import { openSimulations } from './simulations.ts'

interface SharedDeps {
  readonly environment: Environment
  readonly database: Database
  readonly ledger: Ledger
  readonly queues: Queues
  readonly log: Logger
  readonly crashPoint: CrashPoint
}

export async function openShared(stack: AsyncDisposableStack, own: SharedDeps): Promise<void> {
  const { environment, database, ledger, queues, log, crashPoint } = own
  const { sql } = database
  stack.use(await openRelay({ sql, queues, log, crashPoint }))
  // Without a mail server, mails are given up at once and wait for people.
  const { SMTP_URL: url, MAIL_FROM: from, SMTP_CA: ca, PUBLIC_URL: publicUrl } = environment
  const mailer = url === undefined || from === undefined ? null : stack.use(createMailer({ url, from, ca }))
  stack.use(await openDeliverer({ sql, ledger, mailer, log, publicUrl }))
  stack.use(await openSimulations({ sql, queues, log, seconds: environment.WORKER_LEASE_SECONDS }))
  stack.use(openReconciler({ ledger, queues, log, crashPoint }))
}
