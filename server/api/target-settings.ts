/** `/api/v1/connectors`, and of `/api/v1/targets/:name` the settings, the test and the schema: what people need to connect a target. */
import { Hono, type Context } from 'hono'
import * as v from 'valibot'
import { connectionChecks, type ConnectionReport, type Connector } from '#connectors/kit/connector.ts'
import type { OpenTargets } from '#connectors/open-targets.ts'
import type { Cache } from '#core/cache.ts'
import { surveyTarget } from '#connectors/survey-target.ts'
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import type { Logger } from '#core/log.ts'
import type { TargetRecord } from '#core/targets.ts'
import { surveyOf } from '../configuration/capabilities.ts'
import { toConnectorKind } from '../configuration/form.ts'
import { checkSettings, toSettings } from '../configuration/settings.ts'
import { readJson } from '../json-body.ts'
import { createRuleSets } from '../requests/rule-sets.ts'
import { mappedAttributes } from '../rules/mapped.ts'
import { may, type Env } from './context.ts'
import type { TargetSchema, TargetTest } from './target-types.ts'

export interface TargetSettingsDeps {
  readonly targets: () => readonly TargetRecord[]
  readonly connectors: Readonly<Record<string, Connector>>
  readonly targetSessions: Pick<OpenTargets, 'test' | 'discover' | 'survey'>
  readonly cache: Pick<Cache, 'forTarget'>
  readonly sql: Sql
  readonly log: Logger
}

export const SettingsBody = v.pipe(
  v.strictObject({
    name: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,62}$/), v.description('The target’s name in the configuration.')),
    config: v.pipe(
      v.record(v.string(), v.unknown()),
      v.description('The connector’s settings; a secret as the variable that holds it: `${LDAP_PASSWORD}`.'),
    ),
  }),
  v.description('Settings of a target as they would stand in the configuration.'),
)

const patienceMs = 30_000
/** How long what a target said of its attributes is shown without asking anew. */
const schemaMs = 10 * 60_000

export function connectorRoutes({ connectors }: Pick<TargetSettingsDeps, 'connectors'>) {
  return new Hono<Env>()
    .get('/', may('targets:read'), (c) => c.json({ items: Object.values(connectors).map(toConnectorKind) }))
    .post('/:id/check', may('targets:operate'), async (c) => {
      const connector = connectors[c.req.param('id')]
      if (connector === undefined) throw new GatewayError('missing', 'there is no such kind of connector')
      return c.json(checkSettings(connector, readSettings(await c.req.text())))
    })
}

export function targetSettingsRoutes(deps: TargetSettingsDeps) {
  const { targetSessions: sessions, cache } = deps
  const tests = new Map<string, Promise<TargetTest>>()
  return new Hono<Env>()
    .get('/:name/settings', may('targets:operate'), async (c) => {
      const record = known(deps, c)
      const surveyed = await surveyOf(deps.sql, record.name)
      return c.json(toSettings(record, deps.connectors[record.connector], surveyed?.survey))
    })
    .post('/:name/test', may('targets:operate'), async (c) => {
      const { name } = known(deps, c)
      // A directory may lock an account that is tried too often: who asks at the same time gets the same answer.
      const running = tests.get(name) ?? runTest(deps, name).finally(() => tests.delete(name))
      tests.set(name, running)
      return c.json(await running)
    })
    .get('/:name/schema', may('targets:read'), async (c) => {
      const { name, revision } = known(deps, c)
      const kept = cache.forTarget(name, revision)
      if (c.req.query('refresh') === 'true') await kept.forget('schema', 'attributes')
      const load = async (): Promise<TargetSchema> => {
        const { attributes } = await sessions.discover(name, AbortSignal.timeout(patienceMs))
        return { readAt: new Date().toISOString(), attributes }
      }
      return c.json(await kept.get({ kind: 'schema', key: 'attributes', ttlMs: schemaMs, load }))
    })
}

function known({ targets }: TargetSettingsDeps, c: Context<Env>): TargetRecord {
  const record = targets().find(({ name }) => name === c.req.param('name'))
  if (record === undefined) throw new GatewayError('missing', 'there is no such target')
  return record
}

function readSettings(text: string): v.InferOutput<typeof SettingsBody> {
  const result = v.safeParse(SettingsBody, readJson(text))
  if (result.success) return result.output
  throw new GatewayError('unprocessable', 'settings are a name of small letters, digits and hyphens, and an object', {
    at: `/${result.issues[0].path?.[0]?.key === 'name' ? 'name' : 'config'}`,
    hint: 'send {"name": "ad-paris", "config": {"url": "ldaps://ad.example.org"}}',
  })
}

async function runTest({ targetSessions: sessions, sql, log }: TargetSettingsDeps, name: string): Promise<TargetTest> {
  const testedAt = new Date().toISOString()
  const mapped = mappedAttributes(await createRuleSets(sql).inForce(), name)
  const { ok, checks } = await sessions.test(name, AbortSignal.timeout(patienceMs), mapped)
  if (ok) await surveyTarget({ targets: sessions, sql, log }, name, AbortSignal.timeout(patienceMs))
  return { ok, testedAt, steps: [...checks.map(toStep), ...notTried(checks)] }
}

type Check = ConnectionReport['checks'][number]
const untold = { message: null, hint: null, code: null, vendorCode: null, phrase: null, milliseconds: null } as const

function toStep({ check, ok, message, ...more }: Check): TargetTest['steps'][number] {
  return { ...untold, ...more, check, state: ok ? 'passed' : 'failed', message }
}

/** What comes after the step that failed. */
function notTried(checks: readonly Check[]): TargetTest['steps'] {
  const failed = checks.find(({ ok }) => !ok)
  if (failed === undefined) return []
  return connectionChecks
    .slice(connectionChecks.indexOf(failed.check) + 1)
    .map((check) => ({ ...untold, check, state: 'not_tried' }))
}
