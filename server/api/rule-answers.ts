/** The answers about rules as schemas; see `answers.ts`. */
import * as v from 'valibot'
import { about, time, whole } from './answer-parts.ts'
import { Phrase, Plan, Problem, Scalar } from './answers.ts'
import { ruleVersionStates } from './rule-types.ts'

const next = v.pipe(v.nullable(v.string()), v.description('Give it back as cursor for the next page; null on the last.'))

export const RuleVersionSummary = v.pipe(
  v.object({
    version: whole,
    state: v.pipe(
      v.picklist(ruleVersionStates),
      v.description(
        'draft: being written; in_review: waits for somebody to look at it; approved; scheduled: comes into force at publishAt; published: in force; superseded: a newer one is; rejected: sent back; withdrawn: given up.',
      ),
    ),
    hash: about('SHA-256 of the text, in hex.'),
    revision: v.pipe(whole, v.description('Grows with each change of a draft.')),
    comment: v.nullable(v.string()),
    reason: v.pipe(v.nullable(v.string()), v.description('Why it is in this state; null when nobody said.')),
    author: about('Who wrote it last: person:…, cli:…, or configuration for what came from a file.'),
    authors: v.pipe(v.array(v.string()), v.description('Everybody who had a hand in it: none of them reviews it.')),
    basedOn: v.nullable(whole),
    createdAt: time,
    updatedAt: time,
    reviewedBy: v.nullable(v.string()),
    publishedBy: v.nullable(v.string()),
    publishedAt: v.nullable(time),
    publishAt: v.nullable(time),
    tests: v.pipe(
      v.nullable(v.object({ cases: whole, red: whole })),
      v.description('What its tests came to the last time; null when it has none.'),
    ),
    problems: v.pipe(whole, v.description('How many things were wrong with it when it was last checked.')),
  }),
  v.description('A version of a rule set.'),
)

export const RuleSetSummary = v.pipe(
  v.object({
    name: v.string(),
    description: v.nullable(v.object({ fr: v.string(), en: v.string() })),
    published: v.pipe(v.nullable(RuleVersionSummary), v.description('The version in force.')),
    pending: v.pipe(v.nullable(RuleVersionSummary), v.description('The newest version that is not published yet.')),
    versions: whole,
    targets: v.array(v.string()),
    sources: v.pipe(v.array(v.string()), v.description('The sources whose requests it decides about.')),
  }),
  v.description('A rule set, as in the list.'),
)

export const RuleSetPage = v.pipe(
  v.object({ items: v.array(RuleSetSummary), next }),
  v.description('One page of rule sets, by name.'),
)

export const RuleSetDetail = v.pipe(
  v.object({
    ...RuleSetSummary.entries,
    history: v.pipe(v.array(RuleVersionSummary), v.description('All its versions, the newest first.')),
    verbs: v.pipe(
      v.array(v.picklist(['edit', 'review', 'publish', 'override', 'simulate'])),
      v.description('What the caller may do with it.'),
    ),
    fourEyes: v.pipe(
      v.boolean(),
      v.description('Whether somebody else than the authors must approve a version before it is published.'),
    ),
  }),
  v.description('A rule set with all its versions.'),
)

const RuleProblemView = v.pipe(
  v.object({
    document: v.picklist(['rules', 'cases']),
    kind: about('syntax, schema, unknown_key, expression, forbidden, reference, cycle …'),
    message: v.string(),
    hint: v.nullable(v.string()),
    line: v.pipe(whole, v.description('From 1.')),
    column: whole,
    path: v.string(),
    rule: v.nullable(v.string()),
    attribute: v.nullable(v.string()),
    phrase: Phrase,
    advice: v.pipe(v.nullable(Phrase), v.description('The hint, for people.')),
  }),
  v.description(
    'Something that is wrong with a document, and where. phrase: what, for people; message is the same in English, or says more in the words of a library.',
  ),
)

export const TestReport = v.pipe(
  v.object({
    cases: whole,
    red: whole,
    results: v.array(
      v.object({
        name: v.string(),
        line: v.pipe(whole, v.description('Of the case in its document, from 1.')),
        differences: v.pipe(
          v.array(
            v.object({
              path: v.string(),
              expected: v.string(),
              found: v.string(),
              expectedPhrase: v.pipe(v.nullable(Phrase), v.description('The same for people where it is no value.')),
              foundPhrase: v.pipe(v.nullable(Phrase), v.description('The same for people where it is no value.')),
            }),
          ),
          v.description('Empty: as expected.'),
        ),
        milliseconds: v.number(),
      }),
    ),
  }),
  v.description('What the tests of a version came to.'),
)

export const RuleCheck = v.pipe(
  v.object({
    problems: v.array(RuleProblemView),
    tests: v.pipe(v.nullable(TestReport), v.description('Null while the documents cannot be read.')),
  }),
  v.description('What is wrong with a document, and what its tests came to.'),
)

export const RuleVersion = v.pipe(
  v.object({
    ...RuleVersionSummary.entries,
    name: v.string(),
    text: about('The document as it was written, byte for byte.'),
    format: v.picklist(['yaml', 'json']),
    cases: v.pipe(v.nullable(v.string()), v.description('The document of its tests.')),
    check: RuleCheck,
  }),
  v.description('A version of a rule set with its documents.'),
)

const json = v.pipe(v.unknown(), v.description('Any JSON.'))

export const ExplainedValue = v.pipe(
  v.object({
    path: v.string(),
    target: v.nullable(v.string()),
    attribute: v.string(),
    value: v.array(Scalar),
    expression: v.string(),
    at: v.pipe(v.nullable(v.string()), v.description('Where the expression stands: file:line:column.')),
    inputs: v.array(v.object({ name: v.string(), value: json, path: v.nullable(v.string()) })),
    parts: v.array(
      v.object({
        text: v.string(),
        start: whole,
        end: whole,
        value: json,
        branch: v.nullable(v.picklist(['then', 'else'])),
      }),
    ),
    tried: v.array(v.object({ value: v.string(), free: v.boolean() })),
  }),
  v.description('How a value came to be.'),
)

export const RulePreview = v.pipe(
  v.object({
    plan: v.nullable(Plan),
    problem: v.pipe(v.nullable(Problem), v.description('Why there is no plan.')),
    values: v.array(ExplainedValue),
  }),
  v.description('What a text makes of somebody.'),
)

const RuleChange = v.pipe(
  v.object({
    kind: v.picklist(['added', 'removed', 'changed']),
    path: v.string(),
    target: v.nullable(v.string()),
    attribute: v.nullable(v.string()),
    before: v.nullable(v.string()),
    after: v.nullable(v.string()),
    sentence: v.object({ fr: v.string(), en: v.string() }),
  }),
  v.description('One difference in meaning between two versions.'),
)

export const RuleDiff = v.pipe(
  v.object({
    name: v.string(),
    from: whole,
    to: whole,
    changes: v.pipe(v.array(RuleChange), v.description('Empty too while one of the two cannot be read.')),
    text: about('The unified difference of the texts, with three lines of context; empty when they are the same.'),
  }),
  v.description('What is different between two versions.'),
)
