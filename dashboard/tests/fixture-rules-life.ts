/** What becomes of the fixture's versions when somebody asks for it, and who may ask. */
import type { Me, RuleVerb } from '../src/lib/api.ts'
import { problem } from './fixture-answers.ts'
import { fresh, replace, unfinished, verbsOf, type Stored, type Version } from './fixture-rules-store.ts'

export type Body = Record<string, never>
const may = (me: Me, right: RuleVerb) => verbsOf[me.role].includes(right)
const nextOf = (set: Stored) => Math.max(...set.versions.map(({ version }) => version)) + 1

/** The draft as it is saved, or the refusal. */
export function saveDraft(set: Stored, me: Me, body: Body): Version | Response {
  if (!may(me, 'edit')) return problem(403, 'forbidden')
  const current = set.versions.find(({ state }) => unfinished.includes(state))
  if (current !== undefined && body['revision'] !== current.revision) return problem(409, 'conflict')
  const author = `person:${me.name}`
  const { text = '', cases = null, comment = null } = body
  const known = current ?? fresh(set, nextOf(set), text)
  const authors = [...new Set([...known.authors, author])]
  const updatedAt = new Date().toISOString()
  return replace(set, {
    ...known,
    text,
    cases,
    comment,
    state: 'draft',
    author,
    authors,
    updatedAt,
    revision: known.revision + 1,
  })
}

export interface Asked {
  readonly verb: string
  readonly body: Body
  /** How many of its tests fail. */
  readonly red: number
}

export function move(set: Stored, me: Me, version: Version, { verb, body, red }: Asked): Version | Response {
  if (body['revision'] !== undefined && body['revision'] !== version.revision) return problem(409, 'conflict')
  const [at, by] = [new Date().toISOString(), `person:${me.name}`]
  const reason = body['reason'] ?? null
  const done = (change: Partial<Version>) => replace(set, { ...version, ...change, updatedAt: at })
  const right = { withdraw: 'edit', submit: 'edit', review: 'review', restore: 'edit', publish: 'publish' }[verb] as
    | RuleVerb
    | undefined
  if (right === undefined || !may(me, right)) return problem(403, 'forbidden')
  switch (verb) {
    case 'withdraw':
      return done({ state: 'withdrawn', reason })
    case 'submit':
      return done({ state: 'in_review', comment: body['comment'] ?? version.comment })
    case 'review':
      if (version.authors.includes(by)) return problem(403, 'forbidden')
      return done({ state: body['decision'] === 'approve' ? 'approved' : 'rejected', reviewedBy: by, reason })
    case 'restore': {
      const { text, cases, version: basedOn } = version
      return replace(set, { ...fresh(set, nextOf(set), text), cases, author: by, authors: [by], basedOn })
    }
    default:
      return publish(set, version, by, body, red)
  }
}

function publish(set: Stored, version: Version, by: string, body: Body, red: number): Version | Response {
  if (red > 0 && body['override'] === undefined) return problem(409, 'conflict')
  const at = new Date().toISOString()
  if (body['at'] !== undefined) return replace(set, { ...version, state: 'scheduled', publishAt: body['at'], updatedAt: at })
  for (const old of set.versions.filter(({ state }) => state === 'published')) replace(set, { ...old, state: 'superseded' })
  return replace(set, { ...version, state: 'published', publishedBy: by, publishedAt: at, publishAt: null, updatedAt: at })
}
