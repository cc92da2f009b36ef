/** Testing a database from the name of its server to the fields of its users, so that the first failing step says what to mend. */
import type { Egress } from '#core/egress.ts'
import { GatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import type { ConnectionReport } from '#connectors/kit/connector.ts'
import { httpReachSteps } from '#connectors/kit/http-config.ts'
import { inSteps } from '#connectors/kit/probe.ts'
import * as v from 'valibot'
import { readFields, refuseUnknown } from './fields.ts'
import { groupId } from './groups.ts'
import type { Odoo } from './odoo.ts'
import { phrases } from './phrases.ts'
import { keyEnd } from './survey.ts'

export function testOdoo(odoo: Odoo, { reach }: Pick<Egress, 'reach'>): Promise<ConnectionReport> {
  return inSteps([
    ...httpReachSteps({ reach }, odoo.config.url),
    {
      check: 'login',
      run: async () => {
        await odoo.login()
        const end = await keyEnd(odoo)
        return end === null ? phrases.knowsKey : phrases.knowsKeyUntil({ day: end.at.toISOString().slice(0, 10) })
      },
    },
    { check: 'rights', run: () => checkRights(odoo) },
    {
      check: 'schema',
      run: async () => {
        refuseUnknown(await readFields(odoo), odoo.config.attributes)
        await groupId(odoo, 'base.group_user')
        return phrases.hasFields
      },
    },
  ])
}

async function checkRights(odoo: Odoo): Promise<Phrase> {
  for (const model of ['res.users', 'res.partner'])
    for (const operation of ['create', 'write', 'unlink'] as const)
      if (!(await may(odoo, model, operation)))
        throw new GatewayError('denied', `the gateway’s user may not ${operation} ${model}`, {
          sent: 'yes',
          hint: phrases.groups,
        })
  return phrases.canChange
}

/** The question was given another name when JSON-2 came. */
function may({ ask, config }: Odoo, model: string, operation: 'create' | 'write' | 'unlink'): Promise<boolean> {
  const doing = 'asking for the rights'
  return config.protocol === 'json-2'
    ? ask(v.boolean(), { doing, model, method: 'has_access', ids: [], parameters: { operation } })
    : ask(v.boolean(), { doing, model, method: 'check_access_rights', parameters: { operation, raise_exception: false } })
}
