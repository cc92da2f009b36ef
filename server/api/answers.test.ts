/**
 * Held by the compiler: the schemas of the answers and their plain types say the same. A field added to one side only, or with
 * another type, is an error in the line that names it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as ordinary from './answers.ts'
import * as approvals from './approval-answers.ts'
import * as departures from './departure-answers.ts'
import * as dryRuns from './dry-run-answers.ts'
import * as reconciliations from './reconciliation-answers.ts'
import * as safety from './safety-answers.ts'
import type { AllSame, Says } from './says.ts'
import type * as types from './types.ts'

const answers = { ...ordinary, ...approvals, ...departures, ...dryRuns, ...reconciliations, ...safety }

type Proven = AllSame<{
  RequestSummary: Says<typeof answers.RequestSummary, types.RequestSummary>
  StepDetail: Says<typeof answers.StepDetail, types.StepDetail>
  RequestDetail: Says<typeof answers.RequestDetail, types.RequestDetail>
  Plan: Says<typeof answers.Plan, types.RequestDetail['plan']>
  RequestEvent: Says<typeof answers.RequestEvent, types.RequestEvent>
  Approval: Says<typeof answers.Approval, types.Approval>
  ApprovalDetail: Says<typeof answers.ApprovalDetail, types.ApprovalDetail>
  ApprovalPage: Says<typeof answers.ApprovalPage, types.Page<types.Approval>>
  Delegation: Says<typeof answers.Delegation, types.Delegation>
  Notification: Says<typeof answers.Notification, types.Notification>
  NotificationPage: Says<typeof answers.NotificationPage, types.Page<types.Notification>>
  PlannedChange: Says<typeof answers.PlannedChange, types.PlannedChange>
  RequestPage: Says<typeof answers.RequestPage, types.Page<types.RequestSummary>>
  Departure: Says<typeof answers.Departure, types.Departure>
  DeparturePage: Says<typeof answers.DeparturePage, types.Page<types.Departure>>
  Reconciliation: Says<typeof answers.Reconciliation, types.Reconciliation>
  ReconciliationPage: Says<typeof answers.ReconciliationPage, types.Page<types.Reconciliation>>
  Finding: Says<typeof answers.Finding, types.Finding>
  FindingPage: Says<typeof answers.FindingPage, types.Page<types.Finding>>
  HeldDecided: Says<typeof answers.HeldDecided, types.HeldDecided>
  SafetyReason: Says<typeof answers.SafetyReason, NonNullable<types.Approval['reason']>>
  SafetyStatus: Says<typeof answers.SafetyStatus, types.SafetyStatus>
  LookupTable: Says<typeof answers.LookupTable, types.LookupTable>
  LookupPage: Says<typeof answers.LookupPage, types.Page<types.LookupTable>>
  LiveEvent: Says<typeof answers.LiveEvent, types.LiveEvent>
  Me: Says<typeof answers.Me, types.Me>
  Problem: Says<typeof answers.Problem, types.Problem>
  Target: Says<typeof answers.Target, types.Target>
  FormField: Says<typeof answers.FormField, types.FormField>
  ConnectorKind: Says<typeof answers.ConnectorKind, types.ConnectorKind>
  TargetDetail: Says<typeof answers.TargetDetail, types.TargetDetail>
  TargetSettings: Says<typeof answers.TargetSettings, types.TargetSettings>
  Phrase: Says<typeof answers.Phrase, types.Phrase>
  SettingsCheck: Says<typeof answers.SettingsCheck, types.SettingsCheck>
  TargetTest: Says<typeof answers.TargetTest, types.TargetTest>
  TargetSchema: Says<typeof answers.TargetSchema, types.TargetSchema>
  WaitingFor: Says<typeof answers.WaitingFor, types.WaitingFor>
  ProblemDetails: Says<typeof answers.ProblemDetails, types.ProblemDetails>
  RefusedRequest: Says<typeof answers.RefusedRequest, types.RequestDetail & types.ProblemDetails>
}>

/** Answers for which `types.ts` has no type, because nobody but the description needs one, and parts of those that have. */
const withoutType = [
  'Account',
  'Attributes',
  'Batch',
  'ConnectorList',
  'DelegationList',
  'Difference',
  'DryRun',
  'DryRuns',
  'Health',
  'Readiness',
  'RequestHistory',
  'SafetyList',
  'Scalar',
  'TargetList',
  'Values',
  'Writes',
]

test('every answer with a type is held against it by the compiler', () => {
  const proven: Readonly<Record<Proven, true>> = {
    Approval: true,
    ApprovalDetail: true,
    ApprovalPage: true,
    Delegation: true,
    Notification: true,
    NotificationPage: true,
    PlannedChange: true,
    Departure: true,
    DeparturePage: true,
    HeldDecided: true,
    Reconciliation: true,
    ReconciliationPage: true,
    Finding: true,
    FindingPage: true,
    SafetyReason: true,
    SafetyStatus: true,
    LiveEvent: true,
    LookupPage: true,
    LookupTable: true,
    Me: true,
    Plan: true,
    Problem: true,
    ProblemDetails: true,
    RefusedRequest: true,
    RequestDetail: true,
    RequestEvent: true,
    RequestPage: true,
    RequestSummary: true,
    StepDetail: true,
    Target: true,
    ConnectorKind: true,
    FormField: true,
    Phrase: true,
    SettingsCheck: true,
    TargetSchema: true,
    TargetDetail: true,
    TargetSettings: true,
    TargetTest: true,
    WaitingFor: true,
  }

  const unproven = Object.keys(answers).filter((name) => !(name in proven))

  assert.deepEqual(unproven.sort(), withoutType)
})
