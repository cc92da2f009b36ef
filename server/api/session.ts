/** `/api/v1/session`: people log in, out, and choose their language. */
import { Hono, type Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import * as v from 'valibot'
import { GatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import { readJson } from '../json-body.ts'
import type { Person, Sessions } from '../auth/sessions.ts'
import { cookieName, isSecure, requireSameOrigin, type Env } from './context.ts'
import type { Me } from './types.ts'

export const Login = v.strictObject({
  name: v.pipe(v.string(), v.maxLength(200)),
  password: v.pipe(v.string(), v.maxLength(1000)),
})
export const Preferences = v.strictObject({ locale: v.picklist(['fr', 'en']) })

export function sessionRoutes({ sessions, ledger }: { sessions: Sessions; ledger: Pick<Ledger, 'record'> }) {
  return new Hono<Env>()
    .post('/', async (c) => {
      requireSameOrigin(c)
      const { name, password } = parse(Login, await c.req.text())
      const result = await sessions.login(name, password)
      if (result === 'throttled') throw new GatewayError('throttled', 'too many attempts', { hint: 'wait five minutes' })
      // The name of a failed login stays out of the trail: people type passwords there.
      await ledger.record({
        action: result === null ? 'login_refused' : 'login',
        actor: result === null ? 'person:?' : `person:${result.person.name}`,
      })
      if (result === null) throw new GatewayError('unauthenticated', 'name or password is not right')
      setCookie(c, cookieName(c), result.token, {
        path: '/',
        httpOnly: true,
        sameSite: 'Lax',
        secure: isSecure(c),
        maxAge: 7 * 24 * 3600,
      })
      return c.json(toMe(result.person))
    })
    .get('/', (c) => c.json(toMe(personOf(c))))
    .patch('/', async (c) => {
      const person = personOf(c)
      const { locale } = parse(Preferences, await c.req.text())
      await sessions.setLocale(person.name, locale)
      return c.json({ ...toMe(person), locale })
    })
    .delete('/', async (c) => {
      const token = getCookie(c, cookieName(c))
      if (token !== undefined) await sessions.end(token)
      deleteCookie(c, cookieName(c), { path: '/', secure: isSecure(c) })
      return c.body(null, 204)
    })
}

function personOf(c: Context<Env>): Person {
  const { actor } = c.var
  if (actor === null || actor.kind !== 'person') throw new GatewayError('unauthenticated', 'nobody is logged in')
  return actor
}

function toMe({ name, role, locale }: Person): Me {
  return { name, role, locale }
}

function parse<const Schema extends v.GenericSchema>(schema: Schema, text: string): v.InferOutput<Schema> {
  const result = v.safeParse(schema, readJson(text))
  if (result.success) return result.output
  throw new GatewayError(
    'bad_request',
    `${v.getDotPath(result.issues[0]) ?? 'the body'} is not as expected (${result.issues[0].expected ?? 'see the documentation'})`,
  )
}
