/**
 * Rule sets that are kept in files. A file wins when it changed since it was last applied: what people published meanwhile is replaced then, and can be
 * restored. While it stays as it is, it leaves alone what people publish.
 */
import { createHash } from 'node:crypto'
import type { Sql, Tx } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Recorder } from '#core/ledger/writer.ts'
import type { Logger } from '#core/log.ts'
import type { LookupTables } from '#rules/index.ts'
import type { RuleCheck } from '../api/rule-types.ts'
import { createCheck } from './check.ts'
import { entry, hashOf, storedTests } from './drafting.ts'
import { lockRuleSet } from './locked.ts'
import { replaceOlder } from './publishing.ts'
import { createWorkbench } from './workbench.ts'

/** What the configuration says of a rule set. */
export interface ConfiguredRuleSet {
  readonly name: string
  /** null: it is written by people in the gateway, and only what holds for it is configured. */
  readonly document: { readonly text: string; readonly cases: string | null } | null
  readonly fourEyes: boolean
}

export interface CheckRuleSetsDeps {
  readonly sql: Sql
  readonly log: Logger
  /** The targets of the same configuration, and the lookup tables as they will be. */
  readonly targets: readonly string[]
  readonly lookups: LookupTables
}

/** By name, what is known of the files that changed since they were applied. */
type RuleChecks = ReadonlyMap<string, RuleCheck>

const actor = 'configuration'

/** Tries the files that changed, before anything is written. Throws `config` when one of them has problems, or red cases beside it. */
export async function checkRuleSets(ruleSets: readonly ConfiguredRuleSet[], deps: CheckRuleSetsDeps): Promise<RuleChecks> {
  const applied = await deps.sql<{ name: string; hash: string | null }[]>`select name, applied_hash as hash from rule_set_policy`
  await using workbench = createWorkbench(deps.log)
  const check = createCheck({ workbench, targets: () => deps.targets, lookups: async () => deps.lookups })
  const checks = new Map<string, RuleCheck>()
  for (const { name, document } of ruleSets)
    if (document !== null && applied.find((one) => one.name === name)?.hash !== documentHash(document))
      checks.set(name, await check({ name, ...document }))
  const problems = [...checks].flatMap(([name, checked]) => wrongWith(name, checked))
  if (problems.length === 0) return checks
  throw new GatewayError('config', `rules that are not as they should be are not put in force:\n  ${problems.join('\n  ')}`, {
    hint: 'npm run cli -- rules test <file> tells what differs',
  })
}

function wrongWith(name: string, { problems, tests }: RuleCheck): readonly string[] {
  const red = tests?.results.filter(({ differences }) => differences.length > 0) ?? []
  return [
    ...problems.map(({ line, column, path, message, hint }) => {
      const told = hint === null ? message : `${message} (${hint})`
      return `rule set ${name}:${line}:${column} ${path}: ${told}`
    }),
    ...red.map((one) => `rule set ${name}: the case "${one.name}" (line ${one.line}) is red`),
  ]
}

/** Returns what changed, in words. */
export async function applyRuleSets(
  ruleSets: readonly ConfiguredRuleSet[],
  checks: RuleChecks,
  ledger: Pick<Ledger, 'change'>,
): Promise<readonly string[]> {
  const changed: string[] = []
  for (const ruleSet of ruleSets)
    changed.push(...(await ledger.change((tx, record) => applyOne(tx, ruleSet, checks.get(ruleSet.name) ?? null, record))))
  return changed
}

async function applyOne(
  tx: Tx,
  { name, document, fourEyes }: ConfiguredRuleSet,
  checked: RuleCheck | null,
  record: Pick<Recorder, 'audit'>,
): Promise<readonly string[]> {
  await tx`insert into rule_set_policy (name) values (${name}) on conflict do nothing`
  const ruleSet = await lockRuleSet(tx, name)
  const changed: string[] = []
  if (ruleSet.fourEyes !== fourEyes) {
    await tx`update rule_set_policy set four_eyes = ${fourEyes} where name = ${name}`
    record.audit(entry('rule_policy_changed', { name, actor }, { fourEyes }))
    changed.push(`rule set ${name} (four eyes ${fourEyes ? 'on' : 'off'})`)
  }
  if (document === null || checked === null || ruleSet.appliedHash === documentHash(document)) return changed
  await tx`update rule_set_policy set applied_hash = ${documentHash(document)} where name = ${name}`
  const inForce = await tx`
    select from rule_version where name = ${name} and state = 'published' and text = ${document.text} and cases is not distinct from ${document.cases}::text`
  if (inForce.count > 0) return changed
  const { text, cases } = document
  const [version, hash] = [ruleSet.next, hashOf(text)]
  await replaceOlder(tx, { name, versions: ruleSet.versions, version, actor }, record)
  await tx`
    insert into rule_version (name, version, hash, text, cases, state, authors, based_on, published_by, published_at, tests)
    values (${name}, ${version}, ${hash}, ${text}, ${cases}, 'published', array[${actor}], ${ruleSet.inForce}, ${actor}, clock_timestamp(),
      ${storedTests(tx, checked, cases)})`
  record.audit(entry('rule_published', { name, actor }, { version, hash, reason: null }))
  return [...changed, `rule set ${name}`]
}

function documentHash({ text, cases }: { readonly text: string; readonly cases: string | null }): string {
  return createHash('sha256')
    .update(JSON.stringify([text, cases]))
    .digest('hex')
}
