/** Held by the compiler, like `answers.test.ts`: the schemas of the answers about rules and their plain types say the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as answers from './rule-answers.ts'
import type { AllSame, Says } from './says.ts'
import type * as types from './types.ts'

type Proven = AllSame<{
  RuleVersionSummary: Says<typeof answers.RuleVersionSummary, types.RuleVersionSummary>
  RuleSetSummary: Says<typeof answers.RuleSetSummary, types.RuleSetSummary>
  RuleSetPage: Says<typeof answers.RuleSetPage, types.Page<types.RuleSetSummary>>
  RuleSetDetail: Says<typeof answers.RuleSetDetail, types.RuleSetDetail>
  RuleVersion: Says<typeof answers.RuleVersion, types.RuleVersion>
  RuleCheck: Says<typeof answers.RuleCheck, types.RuleCheck>
  TestReport: Says<typeof answers.TestReport, types.TestReport>
  ExplainedValue: Says<typeof answers.ExplainedValue, types.ExplainedValue>
  RulePreview: Says<typeof answers.RulePreview, types.RulePreview>
  RuleDiff: Says<typeof answers.RuleDiff, types.RuleDiff>
}>

test('every answer about rules is held against its type by the compiler', () => {
  const proven: Readonly<Record<Proven, true>> = {
    ExplainedValue: true,
    RuleCheck: true,
    RuleDiff: true,
    RulePreview: true,
    RuleSetDetail: true,
    RuleSetPage: true,
    RuleSetSummary: true,
    RuleVersion: true,
    RuleVersionSummary: true,
    TestReport: true,
  }

  assert.deepEqual(Object.keys(answers).sort(), Object.keys(proven))
})
