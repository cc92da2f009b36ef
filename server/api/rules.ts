/**
 * `/api/v1/rules`: rule sets, and the life of their versions. What may become of a version is decided in `../rules/life.ts`; here it is asked for, by
 * people who have the right to.
 */
import { Hono, type Context } from 'hono'
import { GatewayError } from '#core/errors.ts'
import { convertDocument, formatOf, type RuleFormat } from '#rules/index.ts'
import { actorName, isAllowed } from '../auth/policy.ts'
import { diffVersions } from '../rules/diff.ts'
import { lifePhrases } from '../rules/phrases.ts'
import type { Rules } from '../rules/rules.ts'
import { actorOf, may, type Env } from './context.ts'
import {
  CheckBody,
  CreateBody,
  DiffQuery,
  PageQuery,
  PreviewBody,
  PublishBody,
  readBody,
  readQuery,
  ReasonBody,
  ReviewBody,
  SaveBody,
  SubmitBody,
  VersionQuery,
} from './rule-bodies.ts'
import type { RuleSetDetail, RuleVerb } from './types.ts'

export interface RuleRoutesDeps {
  readonly rules: Rules
}

export function ruleRoutes({ rules }: RuleRoutesDeps) {
  return new Hono<Env>()
    .route('/', readingRoutes(rules))
    .route('/', tryingRoutes(rules))
    .route('/', writingRoutes(rules))
    .route('/', lifeRoutes(rules))
}

function readingRoutes({ catalogue, workbench }: Rules) {
  return new Hono<Env>()
    .get('/', may('rules:read'), async (c) => {
      const { cursor, limit } = readQuery(c, PageQuery)
      return c.json(await catalogue.list({ after: cursor ?? null, limit }))
    })
    .get('/:name', may('rules:read'), async (c) => {
      const detail = await catalogue.ruleSet(c.req.param('name'))
      const verbs = verbsOf(c)
      if (verbs.includes('edit')) workbench.warm()
      return c.json({ ...detail, verbs } satisfies RuleSetDetail)
    })
    .get('/:name/diff', may('rules:read'), async (c) => {
      const { from, to } = readQuery(c, DiffQuery)
      const name = c.req.param('name')
      const [before, after] = await Promise.all([catalogue.documents(name, from), catalogue.documents(name, to)])
      return c.json({ name, from, to, ...diffVersions(before, after) })
    })
    .get('/:name/versions/:version', may('rules:read'), async (c) => {
      const { format } = readQuery(c, VersionQuery)
      const [name, version] = [c.req.param('name'), versionParam(c)]
      if (format === undefined && !c.req.header('Accept')?.includes('text/plain'))
        return c.json(await catalogue.version(name, version))
      const { text } = await catalogue.documents(name, version)
      return textAnswer(c, text, format ?? formatOf(text))
    })
}

/** What a draft says, would do, and how its tests come out. */
function tryingRoutes({ check, preview, catalogue, publishing }: Rules) {
  return new Hono<Env>()
    .post('/:name/check', may('rules:edit'), async (c) => {
      const body = await readBody(c, CheckBody)
      return c.json(await check({ name: c.req.param('name'), ...body }))
    })
    .post('/:name/preview', may('rules:read'), async (c) => {
      const name = c.req.param('name')
      const { text, version, given } = await readBody(c, PreviewBody)
      if (!('made' in given) && !isAllowed(actorOf(c), 'requests:read'))
        throw new GatewayError('forbidden', 'this needs the right requests:read')
      if (text !== undefined && !isAllowed(actorOf(c), 'rules:edit'))
        throw new GatewayError('forbidden', 'trying a text of one’s own needs the right rules:edit')
      const kept = version === undefined ? null : await catalogue.documents(name, version)
      const tried = text ?? kept?.text
      if (tried === undefined)
        throw new GatewayError('unprocessable', 'a preview needs a text, or a version', {
          at: '/text',
          hint: 'send one of the two',
        })
      return c.json(await preview({ name, version: version ?? 0, text: tried, given }))
    })
    .post('/:name/versions/:version/test', may('rules:edit'), async (c) =>
      c.json(await publishing.test(c.req.param('name'), versionParam(c), actorName(actorOf(c)))),
    )
}

function writingRoutes({ drafting, catalogue }: Rules) {
  return new Hono<Env>()
    .post('/', may('rules:edit'), async (c) => {
      const body = await readBody(c, CreateBody)
      const version = await drafting.create({ ...body, actor: actorName(actorOf(c)) })
      c.header('Location', `/api/v1/rules/${body.name}/versions/${version}`)
      return c.json(await catalogue.version(body.name, version), 201)
    })
    .put('/:name/draft', may('rules:edit'), async (c) => {
      const body = await readBody(c, SaveBody)
      const name = c.req.param('name')
      const version = await drafting.save({ ...body, name, actor: actorName(actorOf(c)) })
      return c.json(await catalogue.version(name, version))
    })
    .delete('/:name/draft', may('rules:edit'), async (c) => {
      const { reason } = await readBody(c, ReasonBody)
      const name = c.req.param('name')
      const version = await drafting.withdraw({ name, version: null, reason, actor: actorName(actorOf(c)) })
      return c.json(await catalogue.version(name, version))
    })
    .post('/:name/versions/:version/withdraw', may('rules:edit'), async (c) => {
      const { reason } = await readBody(c, ReasonBody)
      const name = c.req.param('name')
      const version = await drafting.withdraw({ name, version: versionParam(c), reason, actor: actorName(actorOf(c)) })
      return c.json(await catalogue.version(name, version))
    })
    .post('/:name/versions/:version/restore', may('rules:edit'), async (c) => {
      const { reason } = await readBody(c, ReasonBody)
      const name = c.req.param('name')
      const version = await drafting.restore({ name, version: versionParam(c), reason, actor: actorName(actorOf(c)) })
      c.header('Location', `/api/v1/rules/${name}/versions/${version}`)
      return c.json(await catalogue.version(name, version), 201)
    })
}

function lifeRoutes({ reviewing, publishing, catalogue }: Rules) {
  const asked = (c: Context<Env>) => ({ name: c.req.param('name') ?? '', version: versionParam(c), actor: actorName(actorOf(c)) })
  return new Hono<Env>()
    .post('/:name/versions/:version/submit', may('rules:edit'), async (c) => {
      const { name, version, actor } = asked(c)
      await reviewing.submit({ name, version, actor, ...(await readBody(c, SubmitBody)) })
      return c.json(await catalogue.version(name, version))
    })
    .post('/:name/versions/:version/review', may('rules:review'), async (c) => {
      const { name, version, actor } = asked(c)
      await reviewing.review({ name, version, actor, ...(await readBody(c, ReviewBody)) })
      return c.json(await catalogue.version(name, version))
    })
    .post('/:name/versions/:version/publish', may('rules:publish'), async (c) => {
      const { name, version, actor } = asked(c)
      const { override, at, ...body } = await readBody(c, PublishBody)
      if (override !== null && !isAllowed(actorOf(c), 'rules:override'))
        throw new GatewayError('forbidden', 'publishing with red tests needs the right rules:override', { at: '/override' })
      await publishing.publish({
        name,
        version,
        actor,
        ...body,
        at: at === null ? null : new Date(at),
        override: override?.reason ?? null,
      })
      return c.json(await catalogue.version(name, version))
    })
}

function verbsOf(c: Context<Env>): readonly RuleVerb[] {
  const actor = actorOf(c)
  const verbs = {
    edit: 'rules:edit',
    review: 'rules:review',
    publish: 'rules:publish',
    override: 'rules:override',
    simulate: 'rules:edit',
  } as const
  return (Object.keys(verbs) as (keyof typeof verbs)[]).filter((verb) => isAllowed(actor, verbs[verb]))
}

/** Throws `missing` for what is no number of a version. */
function versionParam(c: Context<Env>): number {
  const text = c.req.param('version') ?? ''
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new GatewayError('missing', lifePhrases.noVersion)
  return Number(text)
}

function textAnswer(c: Context<Env>, text: string, format: RuleFormat): Response {
  const type = c.req.header('Accept')?.includes('text/plain') === true ? 'text/plain' : `application/${format}`
  return c.body(convertDocument(text, format), 200, { 'Content-Type': `${type}; charset=utf-8` })
}
