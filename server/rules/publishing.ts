/**
 * Bringing a version of rules into force, at once or at a moment that the database's clock decides on. What is published was tried just before, one
 * version is in force whoever publishes at once, and all servers are told in the same transaction.
 */
import type { Sql, Tx } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Recorder } from '#core/ledger/writer.ts'
import type { Logger } from '#core/log.ts'
import { configurationChannel } from '#core/targets.ts'
import type { RuleCheck, TestReport } from '../api/rule-types.ts'
import type { Check, RuleDocuments } from './check.ts'
import { entry, storedTests } from './drafting.ts'
import { isOpen } from './life.ts'
import { lockRuleSet, moveTo, versionOf, type LockedRuleSet, type LockedVersion } from './locked.ts'
import { lifePhrases } from './phrases.ts'
import { requireSeen, stateAfter } from './refusals.ts'

export interface PublishingDeps {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'change'>
  readonly check: Check
  readonly log: Logger
  /** Whether somebody may still do what they were allowed to when they planned it. */
  readonly mayStill: (actor: string, what: 'publish' | 'override') => Promise<boolean>
}

export interface Publication {
  readonly name: string
  readonly version: number
  readonly actor: string
  readonly reason: string | null
  /** The revision that was looked at. */
  readonly revision?: number | undefined
  /** When it shall come into force; null: now. */
  readonly at: Date | null
  /** Why it is published although its tests are red; null: it is not. */
  readonly override: string | null
}

export interface Publishing {
  /** Throws `missing`, `conflict`, and `unprocessable` for a moment that is over. */
  publish(publication: Publication): Promise<void>
  /** Runs the tests of a version, and keeps what they came to with it. Throws `missing`, and `unprocessable` when they cannot be run. */
  test(name: string, version: number, actor: string): Promise<TestReport>
  /** Milliseconds until the next scheduled version is due, 0 or less when it is; null when there is none. */
  nextDue(): Promise<number | null>
  /** Publishes what is due, or says loudly why it does not. */
  publishDue(): Promise<void>
}

export function createPublishing(deps: PublishingDeps): Publishing {
  const { sql, ledger, log } = deps
  return {
    async publish(publication) {
      const tried = await tryOut(deps, publication)
      await ledger.change((tx, record) => publishOne(tx, publication, tried, record))
    },
    async test(name, version, actor) {
      const tried = await tryOut(deps, { name, version })
      const { tests } = tried.checked
      if (tests === null)
        throw new GatewayError(
          'unprocessable',
          lifePhrases.untried({ version: String(version), count: String(tried.checked.problems.length) }),
        )
      await ledger.change((tx, record) => keepTests(tx, { name, version, actor }, tried, record))
      return tests
    },
    async nextDue() {
      const [next] = await sql<{ left: number | null }[]>`
        select extract(epoch from min(publish_at) - clock_timestamp())::float * 1000 as left from rule_version where state = 'scheduled'`
      return next?.left ?? null
    },
    async publishDue() {
      const due = await sql<Scheduled[]>`
        select name, version, published_by as actor, reason, override_reason as override from rule_version
        where state = 'scheduled' and publish_at <= clock_timestamp() order by publish_at, name, version`
      for (const scheduled of due)
        await publishScheduled(deps, scheduled).catch((err: unknown) =>
          log.warn(
            { err, ruleSet: scheduled.name, version: scheduled.version },
            'a scheduled version could not be published yet',
          ),
        )
    },
  }
}

/** What was tried: it is published only when it is still the same. */
interface Tried {
  readonly revision: number
  readonly cases: string | null
  readonly checked: RuleCheck
}

async function tryOut({ sql, check }: PublishingDeps, { name, version }: { name: string; version: number }): Promise<Tried> {
  const [row] = await sql<(RuleDocuments & { revision: number })[]>`
    select name, text, cases, revision from rule_version where name = ${name} and version = ${version}`
  if (row === undefined) throw new GatewayError('missing', lifePhrases.noVersion)
  return { revision: row.revision, cases: row.cases, checked: await check(row) }
}

/** What its tests came to just now decides, not what they came to when it was saved. */
async function keepTests(
  tx: Tx,
  { name, version, actor }: { readonly name: string; readonly version: number; readonly actor: string },
  { revision, checked, cases }: Tried,
  record: Pick<Recorder, 'audit'>,
): Promise<{ readonly ruleSet: LockedRuleSet; readonly found: LockedVersion }> {
  const ruleSet = await lockRuleSet(tx, name)
  const found = versionOf(ruleSet, version)
  requireSeen(found, revision)
  const [problems, red] = [checked.problems.length, checked.tests?.red ?? 0]
  await tx`
    update rule_version set problems = ${problems}, tests = ${storedTests(tx, checked, cases)} where name = ${name} and version = ${version}`
  if (problems !== found.problems || red !== found.red)
    record.audit(entry('rule_tested', { name, actor }, { version, hash: found.hash, problems, red }))
  return { ruleSet, found: { ...found, problems, red } }
}

async function publishOne(tx: Tx, publication: Publication, tried: Tried, record: Pick<Recorder, 'audit'>): Promise<void> {
  const { name, version, actor, reason, at, override } = publication
  const { ruleSet, found } = await keepTests(tx, publication, tried, record)
  requireSeen(found, publication.revision)
  const isOverridden = override !== null
  stateAfter(ruleSet, found, { verb: at === null ? 'publish' : 'schedule', isOverridden })
  if (isOverridden && found.red > 0)
    record.audit(entry('rule_tests_overridden', { name, actor }, { version, hash: found.hash, red: found.red, reason: override }))
  if (at === null) return enforce(tx, ruleSet, found, { actor, reason, override }, record)
  const scheduled = await tx`
    update rule_version set state = 'scheduled', publish_at = ${at}, published_by = ${actor}, reason = ${reason}, override_reason = ${override},
      updated_at = clock_timestamp()
    where name = ${name} and version = ${version} and ${at} > clock_timestamp()`
  if (scheduled.count === 0)
    throw new GatewayError('unprocessable', lifePhrases.momentOver, {
      at: '/at',
      hint: lifePhrases.publishNow,
    })
  record.audit(entry('rule_scheduled', { name, actor }, { version, hash: found.hash, at: at.toISOString(), reason }))
}

/** Puts a version in force in the place of the one before; older ones that were still on their way have been overtaken. */
async function enforce(
  tx: Tx,
  { name, versions }: LockedRuleSet,
  found: LockedVersion,
  { actor, reason, override }: { readonly actor: string; readonly reason: string | null; readonly override: string | null },
  record: Pick<Recorder, 'audit'>,
): Promise<void> {
  await replaceOlder(tx, { name, versions, version: found.version, actor }, record)
  await tx`
    update rule_version set state = 'published', published_at = clock_timestamp(), published_by = ${actor}, publish_at = null, reason = ${reason},
      override_reason = ${override}, updated_at = clock_timestamp()
    where name = ${name} and version = ${found.version}`
  record.audit(entry('rule_published', { name, actor }, { version: found.version, hash: found.hash, reason }))
  await tx`select pg_notify(${configurationChannel}, '')`
}

interface Replacing {
  readonly name: string
  readonly versions: readonly LockedVersion[]
  /** The version that comes into force. */
  readonly version: number
  readonly actor: string
}

/** A draft stays: somebody is writing, and is told when they want to publish it. */
export async function replaceOlder(
  tx: Tx,
  { name, versions, version, actor }: Replacing,
  record: Pick<Recorder, 'audit'>,
): Promise<void> {
  const replaced = versions.filter(
    (one) => one.state === 'published' || (one.version < version && one.state !== 'draft' && isOpen(one.state)),
  )
  for (const one of replaced) {
    await moveTo(tx, name, one.version, 'superseded', `version ${version} came into force`)
    record.audit(entry('rule_superseded', { name, actor }, { version: one.version, hash: one.hash, by: version }))
  }
}

interface Scheduled {
  readonly name: string
  readonly version: number
  /** Who scheduled it. */
  readonly actor: string
  readonly reason: string | null
  readonly override: string | null
}

async function publishScheduled(deps: PublishingDeps, scheduled: Scheduled): Promise<void> {
  const { name, version, actor, reason, override } = scheduled
  const tried = await tryOut(deps, scheduled)
  const mayPublish = await deps.mayStill(actor, 'publish')
  const mayOverride = override !== null && (await deps.mayStill(actor, 'override'))
  const refusal = await deps.ledger.change(async (tx, record) => {
    const { ruleSet, found } = await keepTests(tx, { name, version, actor: 'gateway' }, tried, record)
    // Another server was faster, or a person withdrew it.
    if (found.state !== 'scheduled') return null
    const refused = mayPublish ? whyNot(ruleSet, found, mayOverride) : `${actor} has no right to publish rules any more`
    if (refused === null) {
      await enforce(tx, ruleSet, found, { actor, reason, override }, record)
      return null
    }
    await tx`
      update rule_version set state = 'rejected', reason = ${refused}, publish_at = null, published_by = null, updated_at = clock_timestamp()
      where name = ${name} and version = ${version}`
    record.audit(
      entry('rule_not_published', { name, actor: 'gateway' }, { version, hash: found.hash, scheduledBy: actor, reason: refused }),
    )
    return refused
  })
  if (refusal !== null)
    deps.log.error({ alert: true, ruleSet: name, version, reason: refusal }, 'a scheduled version of rules was not published')
}

function whyNot(ruleSet: LockedRuleSet, found: LockedVersion, isOverridden: boolean): string | null {
  try {
    stateAfter(ruleSet, found, { verb: 'publish', isOverridden })
    return null
  } catch (error) {
    if (error instanceof GatewayError) return error.message
    throw error
  }
}
