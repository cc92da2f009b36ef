/** Rule sets, and the life of their versions. */
import { json, type Answer, type Operation } from './operation.ts'
import { cursor, limit, ruleFormat, ruleFrom, ruleSetName, ruleTo, ruleVersion } from './parameters.ts'

const path = '/api/v1/rules/{name}'
const versionPath = `${path}/versions/{version}`
const one = [ruleSetName, ruleVersion]
const asItIs: Readonly<Record<number, Answer>> = { 200: json('The version as it is now.', 'RuleVersion') }
const asMade: Readonly<Record<number, Answer>> = { 201: json('The new draft.', 'RuleVersion', ['Location']) }
const whenRead = ['bad_request', 'too_large', 'unprocessable'] as const

const reading: readonly Operation[] = [
  {
    id: 'listRuleSets',
    method: 'get',
    path: '/api/v1/rules',
    tag: 'Rules',
    summary: 'List the rule sets',
    needs: 'rules:read',
    parameters: [{ ...cursor, schema: { type: 'string' } }, limit],
    answers: { 200: json('One page, by name.', 'RuleSetPage') },
    errors: ['bad_request'],
  },
  {
    id: 'readRuleSet',
    method: 'get',
    path,
    tag: 'Rules',
    summary: 'Read a rule set: its versions, who wrote, reviewed and published them, and when',
    needs: 'rules:read',
    parameters: [ruleSetName],
    answers: { 200: json('The rule set.', 'RuleSetDetail') },
    errors: ['missing'],
  },
  {
    id: 'compareRuleVersions',
    method: 'get',
    path: `${path}/diff`,
    tag: 'Rules',
    summary: 'Compare two versions, in sentences and as text',
    needs: 'rules:read',
    parameters: [ruleSetName, ruleFrom, ruleTo],
    answers: { 200: json('What is different.', 'RuleDiff') },
    errors: ['bad_request', 'missing'],
  },
  {
    id: 'readRuleVersion',
    method: 'get',
    path: versionPath,
    tag: 'Rules',
    summary: 'Read a version, or its document',
    description:
      'With format, or with Accept: text/plain, the answer is the document itself: byte for byte in the notation in which it was written, converted in the other.',
    needs: 'rules:read',
    parameters: [...one, ruleFormat],
    answers: {
      200: {
        description: 'The version, or its document.',
        content: {
          'application/json': ['RuleVersion', 'Description'],
          'application/yaml': 'RuleText',
          'text/plain': 'RuleText',
        },
      },
    },
    errors: ['bad_request', 'missing', 'unprocessable'],
  },
]

const trying: readonly Operation[] = [
  {
    id: 'checkRules',
    method: 'post',
    path: `${path}/check`,
    tag: 'Rules',
    summary: 'Say what is wrong with a document, and run its tests',
    description: 'For editors, while somebody types. Nothing is kept.',
    needs: 'rules:edit',
    parameters: [ruleSetName],
    body: { schema: 'RuleDocuments', description: 'The document, and that of its tests.' },
    answers: { 200: json('Its problems, sorted by place, and its tests.', 'RuleCheck') },
    errors: [...whenRead, 'unavailable'],
  },
  {
    id: 'previewRules',
    method: 'post',
    path: `${path}/preview`,
    tag: 'Rules',
    summary: 'See what a text, or a version, makes of somebody',
    description:
      'Somebody made up, as in a case; a request, in the state before it; or an identity as it is now. Nothing is written, reserved or called. A text of one’s own needs the right rules:edit too.',
    needs: 'rules:read',
    parameters: [ruleSetName],
    body: { schema: 'RulePreviewOf', description: 'What is tried, and on whom.' },
    answers: { 200: json('The plan, or why there is none.', 'RulePreview') },
    errors: [...whenRead, 'missing', 'unavailable'],
  },
  {
    id: 'testRuleVersion',
    method: 'post',
    path: `${versionPath}/test`,
    tag: 'Rules',
    summary: 'Run the tests of a version again',
    description: 'What they come to is kept with the version.',
    needs: 'rules:edit',
    parameters: one,
    answers: { 200: json('What they came to.', 'TestReport') },
    errors: ['missing', 'conflict', 'unprocessable', 'unavailable'],
  },
]

const writing: readonly Operation[] = [
  {
    id: 'createRuleSet',
    method: 'post',
    path: '/api/v1/rules',
    tag: 'Rules',
    summary: 'Begin a rule set',
    needs: 'rules:edit',
    body: { schema: 'NewRuleSet', description: 'Its name and its first draft, which may have problems yet.' },
    answers: asMade,
    errors: [...whenRead, 'exists', 'unavailable'],
  },
  {
    id: 'saveRuleDraft',
    method: 'put',
    path: `${path}/draft`,
    tag: 'Rules',
    summary: 'Save the draft, or begin one',
    description:
      'A draft with problems can be saved. Where somebody else saved, or published, since the text was read, nothing is saved (conflict): read it, and bring the two together.',
    needs: 'rules:edit',
    parameters: [ruleSetName],
    body: { schema: 'RuleDraft', description: 'The documents, and what they were written from.' },
    answers: { 200: json('The draft as it was saved, with its problems and tests.', 'RuleVersion') },
    errors: [...whenRead, 'missing', 'conflict', 'unavailable'],
  },
  {
    id: 'withdrawRuleDraft',
    method: 'delete',
    path: `${path}/draft`,
    tag: 'Rules',
    summary: 'Give the draft up',
    needs: 'rules:edit',
    parameters: [ruleSetName],
    body: { schema: 'RuleReason', description: 'Why.' },
    answers: asItIs,
    errors: [...whenRead, 'missing'],
  },
  {
    id: 'withdrawRuleVersion',
    method: 'post',
    path: `${versionPath}/withdraw`,
    tag: 'Rules',
    summary: 'Give a version up: a draft, or one that is in review, approved or scheduled',
    needs: 'rules:edit',
    parameters: one,
    body: { schema: 'RuleReason', description: 'Why.' },
    answers: asItIs,
    errors: [...whenRead, 'missing', 'conflict'],
  },
  {
    id: 'restoreRuleVersion',
    method: 'post',
    path: `${versionPath}/restore`,
    tag: 'Rules',
    summary: 'Make a draft with the text and the tests of any version',
    needs: 'rules:edit',
    parameters: one,
    body: { schema: 'RuleReason', description: 'Why; it becomes the draft’s comment.' },
    answers: asMade,
    errors: [...whenRead, 'missing', 'conflict'],
  },
]

const life: readonly Operation[] = [
  {
    id: 'submitRuleVersion',
    method: 'post',
    path: `${versionPath}/submit`,
    tag: 'Rules',
    summary: 'Send a draft to others to be looked at',
    needs: 'rules:edit',
    parameters: one,
    body: { schema: 'RuleSubmission', description: 'What they should know.' },
    answers: asItIs,
    errors: [...whenRead, 'missing', 'conflict'],
  },
  {
    id: 'reviewRuleVersion',
    method: 'post',
    path: `${versionPath}/review`,
    tag: 'Rules',
    summary: 'Approve a version, or send it back',
    description: 'Nobody who had a hand in it reviews it; the database holds that too.',
    needs: 'rules:review',
    parameters: one,
    body: { schema: 'RuleReview', description: 'What, and why.' },
    answers: asItIs,
    errors: [...whenRead, 'missing', 'conflict'],
  },
  {
    id: 'publishRuleVersion',
    method: 'post',
    path: `${versionPath}/publish`,
    tag: 'Rules',
    summary: 'Put a version in force, now or at a moment',
    description:
      'Its tests are run first: with problems it is refused, with red tests it needs an override, and so the right rules:override. What was accepted before keeps the version that it was planned with. At a moment that was chosen its tests, and the right of whoever chose it, are looked at again.',
    needs: 'rules:publish',
    parameters: one,
    body: { schema: 'RulePublication', description: 'When, and why.' },
    answers: asItIs,
    errors: [...whenRead, 'missing', 'conflict', 'unavailable'],
  },
]

export const ruleOperations: readonly Operation[] = [...reading, ...trying, ...writing, ...life]
