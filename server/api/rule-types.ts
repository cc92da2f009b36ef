/**
 * The API's answers about rules: rule sets and their versions, tests, differences, simulations, explanations and lookup tables. Types only,
 * like `types.ts`, which passes them on to the dashboard. Times are ISO 8601 in UTC with milliseconds.
 */
import type { Plan, RequestKind } from '#core/plan.ts'
import type { Phrase } from '#core/phrase.ts'
import type { Problem } from '#core/states.ts'

/**
 * draft: being written; in_review: sent to others to be looked at; approved: looked at, may be published; scheduled: will be published at
 * `publishAt`; published: in force; superseded: a newer one is; rejected: sent back by a reviewer; withdrawn: given up by its author.
 */
export const ruleVersionStates = [
  'draft',
  'in_review',
  'approved',
  'scheduled',
  'published',
  'superseded',
  'rejected',
  'withdrawn',
] as const
export type RuleVersionState = (typeof ruleVersionStates)[number]

export interface RuleSetSummary {
  readonly name: string
  readonly description: { readonly fr: string; readonly en: string } | null
  /** The version in force; null before the first publication. */
  readonly published: RuleVersionSummary | null
  /** The newest version that is not published yet; null when nobody works on one. */
  readonly pending: RuleVersionSummary | null
  readonly versions: number
  readonly targets: readonly string[]
  /** The sources whose requests it decides about. */
  readonly sources: readonly string[]
}

export interface RuleVersionSummary {
  readonly version: number
  readonly state: RuleVersionState
  /** SHA-256 in hex of the text. */
  readonly hash: string
  /** Grows with each change of a draft: give it back as `revision`, so that nobody overwrites another's work. */
  readonly revision: number
  readonly comment: string | null
  /** Why it is in this state, in the words of whoever brought it there, or of the gateway; null when nobody said. */
  readonly reason: string | null
  /** Who wrote it last: `person:<name>`, `cli:<user of the machine>`, or `configuration` for what came from a file. */
  readonly author: string
  /** Everybody who had a hand in it: none of them reviews it. */
  readonly authors: readonly string[]
  /** The version that it was begun from; null for the first. */
  readonly basedOn: number | null
  readonly createdAt: string
  readonly updatedAt: string
  readonly reviewedBy: string | null
  readonly publishedBy: string | null
  readonly publishedAt: string | null
  /** When a scheduled version comes into force. */
  readonly publishAt: string | null
  /** What its tests came to the last time; null when it has none. */
  readonly tests: { readonly cases: number; readonly red: number } | null
  readonly problems: number
}

export interface RuleSetDetail extends RuleSetSummary {
  /** Newest first. */
  readonly history: readonly RuleVersionSummary[]
  /** What the caller may do with the rule set. */
  readonly verbs: readonly RuleVerb[]
  /** Whether somebody else than the author must look at a version before it is published. */
  readonly fourEyes: boolean
}
export type RuleVerb = 'edit' | 'review' | 'publish' | 'override' | 'simulate'

export interface RuleVersion extends RuleVersionSummary {
  readonly name: string
  /** The document as it was written, comments included. */
  readonly text: string
  readonly format: 'yaml' | 'json'
  /** The document of its tests; null when there are none. */
  readonly cases: string | null
  readonly check: RuleCheck
}

/** What is wrong with a document, and what its tests came to. */
export interface RuleCheck {
  /** Sorted by place. */
  readonly problems: readonly RuleProblemView[]
  /** Null while the document cannot be read. */
  readonly tests: TestReport | null
}

export interface RuleProblemView {
  /** `rules`, or `cases`: which of the two documents it is about. */
  readonly document: 'rules' | 'cases'
  readonly kind: string
  readonly message: string
  readonly hint: string | null
  /** From 1. */
  readonly line: number
  readonly column: number
  readonly path: string
  readonly rule: string | null
  readonly attribute: string | null
  /** What is wrong, for people; `message` is the same in English, or says more in the words of a library. */
  readonly phrase: Phrase
  /** `hint` for people. */
  readonly advice: Phrase | null
}

export interface TestReport {
  readonly cases: number
  readonly red: number
  readonly results: readonly {
    readonly name: string
    /** Line of the case in its document, from 1. */
    readonly line: number
    /** Empty: as expected. Values are the case's own, nobody's. */
    readonly differences: readonly {
      readonly path: string
      readonly expected: string
      readonly found: string
      /** The same for people where it is no value: `nothing`, or why the rules refuse; null for values. */
      readonly expectedPhrase: Phrase | null
      readonly foundPhrase: Phrase | null
    }[]
    readonly milliseconds: number
  }[]
}

/** What a text makes of somebody, before anybody publishes it. */
export interface RulePreview {
  readonly plan: Plan | null
  /** Why there is no plan. */
  readonly problem: Problem | null
  /** What every value was made of, by its path (`identity.login`, `targets.ldap.attributes.mail`). */
  readonly values: readonly ExplainedValue[]
}

/** One difference between two versions, in words of both languages. */
export interface RuleChange {
  readonly kind: 'added' | 'removed' | 'changed'
  /** Such as `targets.directory.attributes.mail.value`. */
  readonly path: string
  readonly target: string | null
  readonly attribute: string | null
  readonly before: string | null
  readonly after: string | null
  readonly sentence: { readonly fr: string; readonly en: string }
}

export interface RuleDiff {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly changes: readonly RuleChange[]
  /** The unified difference of the two texts (GNU format, three lines of context); empty when they are the same. */
  readonly text: string
}

/** What a draft would make of requests that really came, or of everybody; nothing is written, reserved or called. */
export interface Simulation {
  readonly id: string
  readonly ruleSet: string
  /** What is tried, and what it is held against: the version in force when it began. */
  readonly version: number
  readonly against: number
  readonly scope: SimulationScope
  readonly state: 'waiting' | 'running' | 'done' | 'cancelled' | 'failed'
  readonly total: number
  readonly done: number
  readonly by: string
  readonly createdAt: string
  readonly endedAt: string | null
  readonly problem: Problem | null
  /** What changed since, and makes its result a thing of the past: the draft, the version in force, a lookup table, the targets. */
  readonly stale: readonly ('draft' | 'published' | 'lookups' | 'targets')[]
  readonly counts: SimulationCounts
  readonly byKind: readonly ({ readonly kind: RequestKind } & SimulationCounts)[]
  readonly byTarget: readonly ({ readonly target: string } & SimulationCounts)[]
  readonly byAttribute: readonly { readonly target: string | null; readonly attribute: string; readonly changed: number }[]
}

export type SimulationScope =
  /** The last requests, as they were asked, each on the state its identity was in. */
  | { readonly kind: 'requests'; readonly last: number }
  /** Everybody of a source as they are now; null: of all sources that use the rule set. */
  | { readonly kind: 'population'; readonly source: string | null }

export interface SimulationCounts {
  readonly same: number
  readonly changed: number
  readonly failing: number
  /** Accounts that would be created, disabled, deleted, and would not be with the version in force. */
  readonly created: number
  readonly disabled: number
  readonly deleted: number
}

export interface SimulationResult {
  readonly requestId: string | null
  readonly source: string
  readonly externalId: string
  readonly displayName: string | null
  readonly kind: RequestKind
  readonly outcome: 'same' | 'changed' | 'failing'
  readonly problem: Problem | null
  readonly changes: readonly {
    readonly target: string | null
    /** An attribute; null for the account itself, whose operation changes. */
    readonly attribute: string | null
    readonly before: string | null
    readonly after: string | null
  }[]
}

/** How a value came to be. */
export interface ExplainedValue {
  /** Such as `identity.login` or `targets.directory.attributes.mail`. */
  readonly path: string
  readonly target: string | null
  readonly attribute: string
  readonly value: readonly (string | number | boolean)[]
  readonly expression: string
  /** Where the expression stands: `default.yaml:12:11`. */
  readonly at: string | null
  /** The attributes that it read, and what they held; secrets by name only. */
  readonly inputs: readonly { readonly name: string; readonly value: unknown; readonly path: string | null }[]
  /** The values of its parts, the outermost first: each with the piece of text that it is. */
  readonly parts: readonly {
    readonly text: string
    /** Characters of the expression, from 0; `end` is the first behind it. */
    readonly start: number
    readonly end: number
    readonly value: unknown
    /** Of a condition: which way it went. */
    readonly branch: 'then' | 'else' | null
  }[]
  /** What `$unique` tried before it gave this value, and who held what was refused (never who: another identity's data). */
  readonly tried: readonly { readonly value: string; readonly free: boolean }[]
}

/** Why a request's plan holds what it holds. */
export interface Explanation {
  readonly requestId: string
  readonly ruleSet: string
  readonly version: number
  readonly publishedBy: string | null
  readonly publishedAt: string | null
  /** Whether the plan that was made anew for this answer is the one that was carried out: the same hash. */
  readonly isExact: boolean
  readonly approvedBy: readonly { readonly person: string; readonly reason: string; readonly at: string }[]
  readonly values: readonly ExplainedValue[]
}

/** A table that rules read by `$lookup('name', key)`. */
export interface LookupTable {
  readonly name: string
  readonly description: { readonly fr: string; readonly en: string } | null
  readonly version: number
  /** Sorted by key; empty in the list of tables, where `size` says how many there are. */
  readonly rows: readonly { readonly key: string; readonly value: string }[]
  readonly size: number
  /** What `$lookup` gives for a key that is not there; null: no value. */
  readonly fallback: string | null
  readonly updatedBy: string
  readonly updatedAt: string
  /** The rule sets in force that read it. */
  readonly usedBy: readonly string[]
}

/** What `PUT /api/v1/lookups/:name` takes. */
export interface LookupInput {
  readonly rows: readonly { readonly key: string; readonly value: string }[]
  readonly fallback?: string | null
  readonly description?: { readonly fr: string; readonly en: string } | null
  /** The version that was looked at, 0 for a new table: when somebody saved another meanwhile, nothing is written and the answer is 409. */
  readonly base: number
}
