/**
 * Writing rules: a rule set begins as a draft, a draft is saved as often as one likes, given up, or made anew from any version. What is saved is
 * checked, its tests are run, and both are kept with it. A draft with problems can be saved; nobody loses work because it is not done yet.
 */
import { createHash } from 'node:crypto'
import { asRows, type Tx } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Recorder } from '#core/ledger/writer.ts'
import type { RuleCheck } from '../api/rule-types.ts'
import type { Check, RuleDocuments } from './check.ts'
import { isOpen } from './life.ts'
import { draftOf, lockRuleSet, moveTo, versionOf, type LockedRuleSet, type LockedVersion } from './locked.ts'
import { lifePhrases } from './phrases.ts'
import { savedMeanwhile, stateAfter } from './refusals.ts'

export interface DraftingDeps {
  readonly ledger: Pick<Ledger, 'change'>
  readonly check: Check
}

export interface Draft extends RuleDocuments {
  readonly comment: string | null
  readonly actor: string
}

export interface Save extends Draft {
  /** The version that it was written from: the draft itself, or, where there is none, what is in force or newer. */
  readonly base: number
  /** The draft's revision, as it was read. */
  readonly revision?: number | undefined
}

export interface Drafting {
  /** The first draft of a new rule set; its number. Throws `exists`. */
  create(draft: Draft): Promise<number>
  /** Saves the draft, or begins one; its number. Throws `missing`, and `conflict` when somebody else saved or published meanwhile. */
  save(save: Save): Promise<number>
  /** Gives a version up that is open; its number. Throws `missing` and `conflict`. */
  withdraw(asked: VersionAsked): Promise<number>
  /** A new draft with the text and the tests of any version; its number. Throws `missing`, and `conflict` when there is a draft. */
  restore(asked: VersionAsked): Promise<number>
}

export interface VersionAsked {
  readonly name: string
  /** null: the draft. */
  readonly version: number | null
  readonly reason: string
  readonly actor: string
}

export function createDrafting({ ledger, check }: DraftingDeps): Drafting {
  return {
    async create(draft) {
      const checked = await check(draft)
      return ledger.change(async (tx, record) => {
        await tx`insert into rule_set_policy (name) values (${draft.name}) on conflict do nothing`
        if ((await lockRuleSet(tx, draft.name)).versions.length > 0)
          throw new GatewayError('exists', lifePhrases.nameTaken, {
            at: '/name',
            hint: lifePhrases.otherName,
          })
        await insertDraft(tx, draft, checked, { version: 1, basedOn: null })
        record.audit(entry('rule_drafted', draft, { version: 1, hash: hashOf(draft.text) }))
        return 1
      })
    },
    async save(save) {
      const checked = await check(save)
      return ledger.change(async (tx, record) => {
        const ruleSet = await lockRuleSet(tx, save.name)
        const draft = draftOf(ruleSet)
        return draft === undefined ? begin(tx, ruleSet, save, checked, record) : saveAgain(tx, draft, save, checked, record)
      })
    },
    withdraw: ({ name, version, reason, actor }) =>
      ledger.change(async (tx, record) => {
        const ruleSet = await lockRuleSet(tx, name)
        const found = version === null ? requireDraft(ruleSet) : versionOf(ruleSet, version)
        await moveTo(tx, name, found.version, stateAfter(ruleSet, found, { verb: 'withdraw' }), reason)
        record.audit(entry('rule_withdrawn', { name, actor }, { version: found.version, hash: found.hash, reason }))
        return found.version
      }),
    restore: (asked) => ledger.change((tx, record) => restore(tx, asked, record)),
  }
}

function requireDraft(ruleSet: LockedRuleSet): LockedVersion {
  const draft = draftOf(ruleSet)
  if (draft === undefined) throw new GatewayError('missing', lifePhrases.noDraft)
  return draft
}

function overtaken(ruleSet: LockedRuleSet, base: number): GatewayError {
  const both = { version: String(base), inForce: String(ruleSet.inForce) }
  return new GatewayError('conflict', lifePhrases.newer(both), { at: '/base', hint: lifePhrases.beginAnew(both) })
}

async function begin(
  tx: Tx,
  ruleSet: LockedRuleSet,
  save: Save,
  checked: RuleCheck,
  record: Pick<Recorder, 'audit'>,
): Promise<number> {
  const base = versionOf(ruleSet, save.base)
  if (base.state === 'draft' || base.version < (ruleSet.inForce ?? 0)) throw overtaken(ruleSet, base.version)
  if (save.revision !== undefined && isOpen(base.state) && save.revision !== base.revision) throw savedMeanwhile(base)
  const version = ruleSet.next
  await insertDraft(tx, save, checked, { version, basedOn: base.version })
  record.audit(entry('rule_drafted', save, { version, hash: hashOf(save.text), basedOn: base.version }))
  return version
}

async function saveAgain(
  tx: Tx,
  draft: LockedVersion,
  save: Save,
  checked: RuleCheck,
  record: Pick<Recorder, 'audit'>,
): Promise<number> {
  if (save.base !== draft.version || save.revision !== draft.revision) throw savedMeanwhile(draft)
  const { name, text, cases, comment, actor } = save
  const hash = hashOf(text)
  const [saved] = await tx<{ revision: number }[]>`
    update rule_version set text = ${text}, cases = ${cases}, hash = ${hash}, comment = coalesce(${comment}::text, comment), reason = null,
      authors = array_append(array_remove(authors, ${actor}), ${actor}), revision = revision + 1, updated_at = clock_timestamp(),
      problems = ${checked.problems.length}, tests = ${storedTests(tx, checked, cases)}
    where name = ${name} and version = ${draft.version}
      and ((text, cases) is distinct from (${text}::text, ${cases}::text) or comment is distinct from coalesce(${comment}::text, comment))
    returning revision`
  if (saved !== undefined) record.audit(entry('rule_saved', save, { version: draft.version, hash, revision: saved.revision }))
  return draft.version
}

async function restore(tx: Tx, { name, version, reason, actor }: VersionAsked, record: Pick<Recorder, 'audit'>): Promise<number> {
  const ruleSet = await lockRuleSet(tx, name)
  const from = version === null ? requireDraft(ruleSet) : versionOf(ruleSet, version)
  const draft = draftOf(ruleSet)
  if (draft !== undefined && draft.version !== from.version)
    throw new GatewayError(
      'conflict',
      lifePhrases.othersDraft({ by: draft.authors.at(-1) ?? '', version: String(draft.version) }),
      { hint: lifePhrases.finishFirst },
    )
  if (draft !== undefined) {
    // What was begun before the version in force is taken up again knowingly.
    if (draft.version > (ruleSet.inForce ?? 0))
      throw new GatewayError('conflict', lifePhrases.isDraft({ version: String(draft.version) }))
    await moveTo(tx, name, draft.version, 'withdrawn', reason)
  }
  const made = ruleSet.next
  await tx`
    insert into rule_version (name, version, hash, text, cases, state, authors, based_on, comment, problems, tests)
    select name, ${made}, hash, text, cases, 'draft', array[${actor}], ${ruleSet.inForce}, ${reason}, problems, tests
    from rule_version where name = ${name} and version = ${from.version}`
  record.audit(entry('rule_restored', { name, actor }, { version: made, from: from.version, hash: from.hash, reason }))
  return made
}

async function insertDraft(
  tx: Tx,
  { name, text, cases, comment, actor }: Draft,
  checked: RuleCheck,
  { version, basedOn }: { readonly version: number; readonly basedOn: number | null },
): Promise<void> {
  await tx`
    insert into rule_version (name, version, hash, text, cases, state, authors, based_on, comment, problems, tests)
    values (${name}, ${version}, ${hashOf(text)}, ${text}, ${cases}, 'draft', array[${actor}], ${basedOn}, ${comment},
      ${checked.problems.length}, ${storedTests(tx, checked, cases)})`
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** null for a version without tests, and for one that cannot be tried. */
export function storedTests(tx: Tx, { tests }: RuleCheck, cases: string | null) {
  return cases === null || tests === null ? null : asRows(tx, tests as never)
}

/** What the audit trail keeps of a change of rules. */
export function entry(
  action: string,
  { name, actor }: { readonly name: string; readonly actor: string },
  detail: Readonly<Record<string, string | number | boolean | null>>,
) {
  return { action, actor, detail: { ruleSet: name, ...detail } }
}
