/** The fixture's rule sets as they are kept: versions, and the ones there are at the beginning. */
import type { Me, RuleVerb, RuleVersion, RuleVersionState } from '../src/lib/api.ts'
import * as texts from './fixture-rules-text.ts'

export type Version = Omit<RuleVersion, 'check' | 'tests' | 'problems' | 'hash'>
export interface Stored {
  readonly name: string
  readonly fourEyes: boolean
  readonly versions: Version[]
}

export const verbsOf: Readonly<Record<Me['role'], readonly RuleVerb[]>> = {
  admin: ['edit', 'review', 'publish', 'override', 'simulate'],
  rule_editor: ['edit', 'review', 'publish', 'simulate'],
  approver: ['review'],
  operator: [],
  auditor: [],
  reader: [],
}
export const unfinished: readonly RuleVersionState[] = ['draft', 'in_review', 'approved', 'scheduled']

export function replace(set: Stored, version: Version): Version {
  const index = set.versions.findIndex((one) => one.version === version.version)
  if (index === -1) set.versions.unshift(version)
  else set.versions[index] = version
  return version
}

export function fresh(set: Stored, version: number, text: string): Version {
  const at = new Date().toISOString()
  const basedOn = set.versions[0]?.version ?? null
  const nobody = {
    comment: null,
    reason: null,
    author: 'configuration',
    authors: [],
    reviewedBy: null,
    publishedBy: null,
    publishedAt: null,
    publishAt: null,
  }
  return {
    ...nobody,
    name: set.name,
    version,
    state: 'draft',
    revision: 1,
    text,
    format: 'yaml',
    cases: null,
    basedOn,
    createdAt: at,
    updatedAt: at,
  }
}

export function build(now: number): Stored[] {
  const ago = (hours: number) => new Date(now - hours * 3_600_000).toISOString()
  const set = (
    name: string,
    fourEyes: boolean,
    ...drafts: readonly (Partial<Version> & { readonly version: number; readonly text: string })[]
  ): Stored => {
    const made: Stored = { name, fourEyes, versions: [] }
    for (const draft of drafts) replace(made, { ...fresh(made, draft.version, draft.text), ...draft })
    return made
  }
  const published = (hours: number, by: string) =>
    ({ state: 'published', publishedBy: by, publishedAt: ago(hours), createdAt: ago(hours + 20), updatedAt: ago(hours) }) as const
  return [
    set(
      'collaborateurs',
      false,
      {
        version: 13,
        text: texts.employeeRules.replace(", ['annuaire', 'badges', 'erp-paris'], 20", ''),
        cases: texts.employeeCases,
        ...published(900, 'person:admin'),
        state: 'superseded',
        author: 'configuration',
        comment: 'Première version importée',
      },
      {
        version: 14,
        text: texts.employeeRules,
        cases: texts.employeeCases,
        ...published(260, 'person:admin'),
        author: 'person:redactrice',
        authors: ['person:redactrice'],
        comment: 'Identifiant unique dans les trois cibles',
      },
      {
        version: 15,
        text: texts.employeeDraft,
        cases: texts.employeeDraftCases,
        author: 'person:redactrice',
        authors: ['person:redactrice'],
        comment: 'Adresse des externes',
        createdAt: ago(30),
        updatedAt: ago(2),
        revision: 4,
      },
    ),
    set(
      'externes',
      true,
      {
        version: 3,
        text: texts.externalRules,
        cases: texts.externalCases,
        ...published(700, 'person:admin'),
        author: 'person:redactrice',
        authors: ['person:redactrice'],
      },
      {
        version: 4,
        text: texts.externalReviewed,
        cases: texts.externalCases,
        state: 'in_review',
        author: 'person:redactrice',
        authors: ['person:redactrice'],
        comment: 'Noms propres, type de contrat',
        createdAt: ago(9),
        updatedAt: ago(4),
      },
    ),
    set('stagiaires', false, {
      version: 1,
      text: texts.brokenRules,
      author: 'person:admin',
      authors: ['person:admin'],
      createdAt: ago(1),
      updatedAt: ago(1),
    }),
  ]
}
