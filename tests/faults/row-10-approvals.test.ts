/**
 * Row 10: a request that needs people's agreement is carried out only with it: in time to the millisecond, of as many as must, and of exactly
 * what they agreed to. Whatever is edited behind the gateway's back is not carried out, and people are alarmed.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Approval, RequestDetail } from '#server/api/types.ts'
import { applicant, approvalsOf, decide, openPeople, rulesThatAsk, type Headers } from '#tests/harness/approvals.ts'
import { openQueueStage, type QueueStage } from '#tests/harness/queue-stage.ts'
import { findPerson, targetsDump } from '#tests/harness/sql-targets.ts'
import type { World } from '#tests/harness/world.ts'

let stage: QueueStage
let world: World
let people: Record<'ada' | 'bea' | 'cleo' | 'oscar' | 'rita', Headers>
before(async () => {
  stage = await openQueueStage({ engine: 'redis', ruleSet: rulesThatAsk() })
  world = stage.world
  people = await openPeople(world, { ada: 'approver', bea: 'approver', cleo: 'approver', oscar: 'operator', rita: 'reader' })
})
after(() => stage?.[Symbol.asyncDispose]())

async function asked(externalId: string, familyName: string, title?: string, unit?: string) {
  const { body } = await world.submit(applicant(externalId, familyName, title, unit), { Prefer: 'respond-async' })
  assert.equal(body.state, 'awaiting_approval')
  const [approval] = await approvalsOf(world, body.id, people.rita)
  assert.ok(approval !== undefined)
  return { id: body.id, approval }
}

const actionsOf = async (id: string) => (await world.events(id)).map(({ action }) => action)
const alarms = () =>
  [world.server, ...world.workers]
    .map((process) => process.log())
    .join('\n')
    .split('\n')

async function assertAlarmed(id: string): Promise<void> {
  assert.ok((await actionsOf(id)).includes('tampered'))
  assert.ok(
    alarms().some((line) => line.includes('"level":50') && line.includes('"alert":true') && line.includes(id)),
    'no alarm in the log',
  )
}

describe('agreement', () => {
  test('a request waits for it, its identity’s later requests wait behind it, and both are carried out in order', async () => {
    const { id, approval } = await asked('order', 'Order')
    const later = await world.submit(
      { kind: 'update', externalId: 'order', attributes: { givenName: 'Ada', familyName: 'Order', title: 'Clerk' } },
      { Prefer: 'respond-async' },
    )
    await delay(300)
    const before = await findPerson(world, 'Order')
    const waiting = (await world.call('GET', `/api/v1/requests/${later.body.id}`)).body.state
    const answer = await decide(world, approval, people.ada)
    const states = [(await world.settled(id)).state, (await world.settled(later.body.id)).state]

    assert.deepEqual([before, waiting, answer.status, answer.body.state], [null, 'received', 200, 'approved'])
    assert.deepEqual([states, (await findPerson(world, 'Order'))?.title], [['succeeded', 'succeeded'], 'Clerk'])
    const events = await world.events(id)
    assert.deepEqual(
      events.slice(0, 3).map(({ action }) => action),
      ['accepted', 'approval_asked', 'approved'],
    )
    assert.equal(events.find(({ action }) => action === 'approved')?.detail['plan'], approval.planHash)
  })

  test('as many different people as must; one alone, or the same twice, is not enough', async () => {
    const { id, approval } = await asked('quorum', 'Quorum', 'Treasurer')

    const first = await decide(world, approval, people.ada)
    const twice = await decide(world, approval, people.ada)
    const still = (await world.call('GET', `/api/v1/requests/${id}`)).body.state
    const second = await decide(world, approval, people.bea)

    assert.deepEqual([first.status, twice.status, still, second.status], [200, 409, 'awaiting_approval', 200])
    assert.equal((await world.settled(id)).state, 'succeeded')
  })

  test('two answers at once count once each', async () => {
    const { id, approval } = await asked('both', 'Both', 'Treasurer')

    const answers = await Promise.all([people.ada, people.bea, people.cleo].map((headers) => decide(world, approval, headers)))

    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((left, right) => left - right),
      [200, 200, 409],
    )
    assert.equal((await world.settled(id)).state, 'succeeded')
    assert.equal((await actionsOf(id)).filter((action) => action === 'decided').length, 1)
  })

  test('only of those who have the role; a source, a reader and another role are refused, and nothing is decided', async () => {
    const { id, approval } = await asked('role', 'Role', 'Operator')
    const answers = [
      await decide(world, approval, {}),
      await decide(world, approval, people.rita),
      await decide(world, approval, people.ada),
    ].map(({ status }) => status)
    const mine = (await approvalsOf(world, id, people.oscar))[0]?.mayDecide
    const others = (await approvalsOf(world, id, people.ada))[0]?.mayDecide

    assert.deepEqual([answers, mine, others], [[403, 403, 403], true, false])
    assert.equal((await decide(world, approval, people.oscar)).status, 200)
    assert.equal((await world.settled(id)).state, 'succeeded')
  })

  test('one who refuses ends it: nothing is done, the identity is as before, and the next request goes on', async () => {
    const { id, approval } = await asked('refuse', 'Refuse')
    const later = await world.submit(applicant('refuse', 'Refuse', 'Clerk'), { Prefer: 'respond-async' })

    await decide(world, approval, people.ada, 'refuse')
    const request = await world.settled(id)
    const again = await decide(world, approval, people.bea)

    assert.deepEqual([request.state, request.problem?.code, again.status], ['rejected', 'rejected', 409])
    assert.equal((await world.settled(later.body.id)).state, 'succeeded')
    assert.equal((await findPerson(world, 'Refuse'))?.title, 'Clerk')
  })

  test('of the plan that was seen; for another one nothing is decided', async () => {
    const { id, approval } = await asked('seen', 'Seen')

    const answer = await decide(world, { ...approval, planHash: 'f'.repeat(64) }, people.ada)

    assert.equal(answer.status, 409)
    assert.equal((await world.call('GET', `/api/v1/requests/${id}`)).body.state, 'awaiting_approval')
    await decide(world, approval, people.ada, 'refuse')
  })

  test('a cancellation closes the question', async () => {
    const { id, approval } = await asked('cancel', 'Cancel')
    await world.call('POST', `/api/v1/requests/${id}/cancel`, { reason: 'not needed any more' }, people.oscar)

    const answer = await decide(world, approval, people.ada)

    assert.deepEqual([(await world.settled(id)).state, answer.status], ['cancelled', 409])
    assert.equal((await approvalsOf(world, id, people.rita))[0]?.state, 'closed')
  })
})

describe('who has a request done again', () => {
  const retry = (id: string, headers: Headers) =>
    world.call('POST', `/api/v1/requests/${id}/retry`, { reason: 'the cause is gone' }, headers)

  test('needs no new approval while the old one counts, and asks anew when it has expired', async () => {
    const { id, approval } = await asked('again', 'Again', 'Director', 'Refused')
    await decide(world, approval, people.ada)
    assert.equal((await world.settled(id)).state, 'rolled_back')

    assert.equal((await retry(id, people.oscar)).status, 202)
    assert.equal((await world.settled(id)).state, 'rolled_back')
    await world.query(
      `update passerelle.approval set expires_at = clock_timestamp(), asked_at = asked_at - interval '1 day' where request_id = $1`,
      [id],
    )
    const { body } = await retry(id, people.oscar)

    assert.deepEqual(
      [body.state, body.generation, (await approvalsOf(world, id, people.rita)).length],
      ['awaiting_approval', 3, 2],
    )
  })

  test('with the rules of today is asked again, because it is another plan', async () => {
    const { id, approval } = await asked('fresh', 'Fresh', 'Director', 'Refused')
    await decide(world, approval, people.ada)
    await world.settled(id)
    world.configure({ ruleSet: { ...rulesThatAsk(), description: 'the same, one version later' } })
    assert.equal((await world.cli('apply')).code, 0)

    const again = { reason: 'by the rules of today', rules: 'refreshed' }
    let body: RequestDetail | undefined
    for (let left = 50; left > 0 && body?.plan?.ruleSet.version !== 2; left--) {
      await delay(100)
      if (body !== undefined) await world.settled(id)
      body = (await world.call('POST', `/api/v1/requests/${id}/retry`, again, people.oscar)).body
    }
    const [second] = await approvalsOf(world, id, people.rita)

    assert.equal(body?.state, 'awaiting_approval')
    assert.notEqual(second?.planHash, approval.planHash)
  })

  test('does not approve it: neither by the API, nor by writing it into the database', async () => {
    const { id, approval } = await asked('eyes', 'Eyes', 'Operator', 'Refused')
    await decide(world, approval, people.oscar)
    await world.settled(id)
    await world.query(
      `update passerelle.approval set expires_at = clock_timestamp(), asked_at = asked_at - interval '1 day' where request_id = $1`,
      [id],
    )
    await retry(id, people.oscar)
    const [second] = await approvalsOf(world, id, people.oscar)
    assert.ok(second !== undefined)

    const answer = await decide(world, second, people.oscar)
    const written = (requester: string) =>
      world.query(
        `insert into passerelle.approval_decision (approval_id, person, requester, decision, reason, decided_at, mac)
         values ($1, 'person:oscar', $2, 'approve', 'why not', clock_timestamp(), '\\x00')`,
        [second.id, requester],
      )

    assert.deepEqual([second.requester, second.mayDecide, answer.status], ['person:oscar', false, 403])
    await assert.rejects(written('person:oscar'), /approval_four_eyes/)
    await assert.rejects(written('person:ada'), /foreign key/)
    await stage.mended(async () => {
      assert.equal((await decide(world, second, await world.login())).status, 200)
      assert.equal((await world.settled(id)).state, 'succeeded')
    })
  })
})

/** What somebody with the database's password may edit; `$1` is the request. */
const edits: Readonly<Record<string, string>> = {
  'an attribute of the plan': `update passerelle.step set plan = jsonb_set(plan, '{attributes,title,values}', '["King"]') where request_id = $1 and target = 'directory'`,
  'a group of the plan': `update passerelle.step set plan = jsonb_set(plan, '{memberships,add}', '["payroll"]') where request_id = $1 and target = 'directory'`,
  'a step of the plan taken away': `delete from passerelle.step where request_id = $1 and target = 'intranet'`,
  'the hash of the plan': `update passerelle.request set plan_hash = repeat('0', 64) where id = $1`,
  'the computed attributes': `update passerelle.request set computed = computed || '{"login": ["root"]}' where id = $1`,
  'where the identity is left': `update passerelle.request set desired = jsonb_set(desired, '{disabled}', 'true') where id = $1`,
  'whose secrets are used': `update passerelle.request set secrets = jsonb_build_object('password', gen_random_uuid()) where id = $1`,
  'whom it is about': `update passerelle.request set external_id = 'somebody else' where id = $1`,
  'the version of its rules': `update passerelle.request set rule_version = rule_version + 1 where id = $1`,
  'what must be asked': `update passerelle.request set approvals = null where id = $1`,
  'how many must agree': `update passerelle.approval set quorum = 9 where request_id = $1`,
}
const ruleText = `update passerelle.rule_set set text = text || $1`

describe('what is edited behind the gateway’s back', () => {
  let number = 0
  const next = () => {
    number++
    const letters = String.fromCodePoint(97 + Math.floor(number / 26), 97 + (number % 26))
    return { externalId: `edit-${number}`, familyName: `Edit${letters}` }
  }
  const settledAsRejected = async ({ id }: { id: string }, familyName: string): Promise<RequestDetail> => {
    const request = await world.settled(id)
    assert.deepEqual([request.state, request.problem?.code, await findPerson(world, familyName)], ['rejected', 'tampered', null])
    await assertAlarmed(id)
    return request
  }
  /** Approved, and held back from the workers while `work` is done. */
  async function heldBack(
    work: (request: { id: string; approval: Approval }) => Promise<unknown>,
    familyName: string,
    externalId: string,
  ) {
    for (const target of ['directory', 'intranet']) await stage.queues.queue(`apply-${target}`).pause()
    try {
      const request = await asked(externalId, familyName)
      assert.equal((await decide(world, request.approval, people.ada)).status, 200)
      await work(request)
      return request
    } finally {
      for (const target of ['directory', 'intranet']) await stage.queues.queue(`apply-${target}`).resume()
    }
  }

  for (const [what, sql] of Object.entries(edits)) {
    test(`${what}, before the answer: nothing is decided, nothing done, people are alarmed`, async () => {
      const { externalId, familyName } = next()
      const request = await asked(externalId, familyName)
      await world.query(sql, [request.id])

      const answer = await decide(world, request.approval, people.ada)

      assert.equal(answer.status, 409)
      await settledAsRejected(request, familyName)
    })

    test(`${what}, after the answer: nothing is done, people are alarmed`, async () => {
      const { externalId, familyName } = next()

      const request = await heldBack(({ id }) => world.query(sql, [id]), familyName, externalId)

      await settledAsRejected(request, familyName)
    })
  }

  test('the text of its rules, before and after the answer', async () => {
    const [first, second] = [next(), next()]
    const waiting = await asked(first.externalId, first.familyName)

    const held = await heldBack(() => world.query(ruleText, ['\n# edited']), second.familyName, second.externalId)
    const answer = await decide(world, waiting.approval, people.ada)

    assert.equal(answer.status, 409)
    await settledAsRejected(held, second.familyName)
    await settledAsRejected(waiting, first.familyName)
    await world.query(`update passerelle.rule_set set text = replace(text, $1, '')`, ['\n# edited'])
  })

  test('an answer that nobody gave', async () => {
    const { externalId, familyName } = next()
    const { id, approval } = await asked(externalId, familyName)
    await world.query(
      `insert into passerelle.approval_decision (approval_id, person, requester, decision, reason, decided_at, mac)
       select id, 'person:ada', requester, 'approve', 'trust me', clock_timestamp(), sha256('x') from passerelle.approval where id = $1`,
      [approval.id],
    )
    await world.query(`update passerelle.approval set state = 'approved' where id = $1`, [approval.id])
    await world.query(`update passerelle.request set state = 'queued', wake_at = clock_timestamp() where id = $1`, [id])

    await settledAsRejected({ id }, familyName)
  })

  test('the state alone, without any answer', async () => {
    const { externalId, familyName } = next()
    const { id } = await asked(externalId, familyName)
    await world.query(`update passerelle.request set state = 'queued', wake_at = clock_timestamp() where id = $1`, [id])

    await settledAsRejected({ id }, familyName)
  })

  test('a step of which another one is done already: the rest is not done, and people resolve it', async () => {
    const { externalId, familyName } = next()
    await stage.queues.queue('apply-intranet').pause()
    const { id, approval } = await asked(externalId, familyName)
    await decide(world, approval, people.ada)
    for (let left = 100; left > 0 && (await findPerson(world, familyName)) === null; left--) await delay(50)
    await delay(200)
    await world.query(
      `update passerelle.step set plan = jsonb_set(plan, '{attributes,service,values}', '["Evil"]') where request_id = $1 and target = 'intranet'`,
      [id],
    )
    await stage.queues.queue('apply-intranet').resume()

    const request = await world.settled(id)

    assert.deepEqual([request.state, request.problem?.code], ['needs_attention', 'tampered'])
    await assertAlarmed(id)
    assert.doesNotMatch(await targetsDump(world), /Evil/)
  })

  test('a decision that was made cannot be changed or taken back in the database', async () => {
    const { externalId, familyName } = next()
    const { approval } = await asked(externalId, familyName, 'Treasurer')
    await decide(world, approval, people.ada)

    await assert.rejects(
      world.query(`update passerelle.approval_decision set decision = 'refuse' where approval_id = $1`, [approval.id]),
      /stands/,
    )
    await assert.rejects(world.query(`delete from passerelle.approval_decision where approval_id = $1`, [approval.id]), /stands/)
  })
})
