/** What tests of rules' life need: people with roles, and the calls that they make. */
import type { RuleSetDetail, RuleVersion } from '#server/api/types.ts'
import type { Headers } from './approvals.ts'
import type { Answer, WorldClient } from './world.ts'

/** The version, or the problem that was answered instead. */
export type RuleAnswer = Answer<RuleVersion & { readonly code?: string; readonly detail?: string; readonly hint?: string }>

export interface Writer {
  create(name: string, text: string, cases?: string): Promise<RuleAnswer>
  save(name: string, draft: { text: string; cases?: string | null; base: number; revision?: number }): Promise<RuleAnswer>
  /** Something with a version: submit, review, publish, restore, withdraw, test. */
  verb(name: string, version: number, verb: string, body?: object): Promise<RuleAnswer>
  read(name: string, version: number): Promise<RuleAnswer>
  ruleSet(name: string): Promise<RuleSetDetail>
}

export function asWriter(server: Pick<WorldClient, 'call'>, headers: Headers): Writer {
  const call = (method: string, path: string, body?: object): Promise<RuleAnswer> =>
    server.call(method, `/api/v1/rules${path}`, body, headers)
  return {
    create: (name, text, cases) => call('POST', '', { name, text, ...(cases === undefined ? {} : { cases }) }),
    save: (name, draft) => call('PUT', `/${name}/draft`, draft),
    verb: (name, version, verb, body = {}) => call('POST', `/${name}/versions/${version}/${verb}`, body),
    read: (name, version) => call('GET', `/${name}/versions/${version}`),
    ruleSet: async (name) => (await server.call<RuleSetDetail>('GET', `/api/v1/rules/${name}`, undefined, headers)).body,
  }
}

/** A small rule set for the target `intranet`, whose mail says which of several texts it is. */
export function smallRules(name: string, mail = 'emailAddress'): string {
  return `# ${name}, kept byte for byte\nname: ${name}\ntargets:\n  intranet:\n    correlate: { username: request.externalId }\n    attributes:\n      username:   request.externalId\n      full_name: familyName\n      email: ${mail}\n`
}

/** One case for those rules: green where the mail comes out as expected. */
export function smallCases(mail: string): string {
  return `cases:\n  - name: the mail\n    given: { attributes: { familyName: Ammann, emailAddress: A@X } }\n    expect: { targets: { intranet: { attributes: { email: ${mail} } } } }\n`
}
