/**
 * Approvals with more than one stage, of people by name, given into other hands, escalated; and who must not approve: whoever asked, wrote the
 * rules, or is whom it is about. Each refusal by the API, and by the database itself.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Approval, ApprovalDetail, Delegation, Page } from '#server/api/types.ts'
import { applicant, approvalsOf, decide, openPeople, type Headers } from '#tests/harness/approvals.ts'
import { openQueueStage, type QueueStage } from '#tests/harness/queue-stage.ts'
import { findPerson, targetDatabase } from '#tests/harness/sql-targets.ts'
import { rulesInStages } from '#tests/harness/staged-approvals.ts'
import type { World } from '#tests/harness/world.ts'

let stage: QueueStage
let world: World
let people: Record<'ada' | 'bea' | 'cleo' | 'rita' | 'rolf' | 'oscar' | 'aude', Headers>
before(async () => {
  stage = await openQueueStage({ engine: 'redis', ruleSet: rulesInStages() })
  world = stage.world
  people = await openPeople(world, {
    ...{ ada: 'approver', bea: 'approver', cleo: 'approver', rita: 'reader', rolf: 'reader', oscar: 'operator', aude: 'auditor' },
  })
  await world.cli('people', 'email', 'rolf', 'Rolf@Example.org')
})
after(() => stage?.[Symbol.asyncDispose]())

async function asked(externalId: string, familyName: string, title: string, attributes: object = {}) {
  const request = applicant(externalId, familyName, title)
  const body = { ...request, attributes: { ...request.attributes, ...attributes } }
  const answer = await world.submit(body, { Prefer: 'respond-async' })
  assert.equal(answer.body.state, 'awaiting_approval', JSON.stringify(answer.body))
  return { id: answer.body.id, approvals: () => approvalsOf(world, answer.body.id, people.aude) }
}

/** The one question that is open now. */
async function openOne(request: { approvals: () => Promise<readonly Approval[]> }): Promise<Approval> {
  const open = (await request.approvals()).filter(({ state }) => state === 'open')
  assert.equal(open.length, 1)
  const [approval] = open
  assert.ok(approval !== undefined)
  return approval
}

const read = async (id: string, headers: Headers) =>
  (await world.call<ApprovalDetail>('GET', `/api/v1/approvals/${id}`, undefined, headers)).body
const whyNot = async (id: string, headers: Headers) => (await read(id, headers)).whyNot
const mine = async (headers: Headers) =>
  (await world.call<Page<Approval>>('GET', '/api/v1/approvals?mine=true', undefined, headers)).body.items.map(({ id }) => id)
const delegate = (id: string, to: string, headers: Headers) =>
  world.call<ApprovalDetail & { code?: string }>(
    'POST',
    `/api/v1/approvals/${id}/delegate`,
    { to, reason: 'away until Monday' },
    headers,
  )
const delegateAll = (body: object, headers: Headers) =>
  world.call<Delegation>('POST', '/api/v1/delegations', { reason: 'on holiday', ...body }, headers)
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()

/** An answer written behind the gateway's back. */
const write = (approvalId: string, person: string, onBehalfOf: string | null = null) =>
  world.query(
    `insert into passerelle.approval_decision (approval_id, person, on_behalf_of, requester, decision, reason, decided_at, mac)
     select id, $2, $3, requester, 'approve', 'why not', clock_timestamp(), '\\x00' from passerelle.approval where id = $1`,
    [approvalId, person, onBehalfOf],
  )

describe('stages', () => {
  test('follow one another: the manager first, whom an expression names, then two of two roles; each with its own time', async () => {
    const request = await asked('s-1', 'Stages', 'Chair', { manager: 'rolf@example.ORG' })
    const [second, first] = await request.approvals()
    assert.ok(first !== undefined && second !== undefined)
    const before = [
      first.state,
      second.state,
      first.people,
      second.roles,
      await whyNot(second.id, people.ada),
      await whyNot(first.id, people.ada),
    ]

    const early = await decide(world, second, people.ada)
    const manager = await decide(world, first, people.rolf)
    const opened = await read(second.id, people.ada)
    const one = await decide(world, second, people.ada)
    const still = (await world.call('GET', `/api/v1/requests/${request.id}`)).body.state
    const two = await decide(world, second, people.oscar)

    assert.deepEqual(before, ['open', 'waiting', ['person:rolf'], ['approver', 'operator'], 'waiting', 'not_asked'])
    assert.deepEqual([early.status, manager.status, one.status, still, two.status], [409, 200, 200, 'awaiting_approval', 200])
    assert.deepEqual([opened.state, opened.mayDecide, opened.stage, opened.stages], ['open', true, 2, 2])
    assert.equal(Date.parse(opened.expiresAt) - Date.parse(opened.askedAt), 3_600_000)
    assert.ok(Date.parse(opened.askedAt) > Date.parse(first.askedAt))
    assert.equal((await world.settled(request.id)).state, 'succeeded')
  })

  test('the first may be long over when the second is given: only what is open can expire', async () => {
    const request = await asked('s-2', 'Over', 'Chair', { manager: 'rita' })
    await world.query(
      `update passerelle.approval set expires_at = clock_timestamp() + interval '1 s' where request_id = $1 and stage = 1`,
      [request.id],
    )
    assert.equal((await decide(world, await openOne(request), people.rita)).status, 200)
    await delay(1_100)
    const second = await openOne(request)

    const statuses = [await decide(world, second, people.ada), await decide(world, second, people.bea)].map(
      ({ status }) => status,
    )

    assert.deepEqual([statuses, (await world.settled(request.id)).state], [[200, 200], 'succeeded'])
  })

  test('one that is refused ends the request, and the stages behind it are never asked', async () => {
    const request = await asked('s-3', 'Refused', 'Chair', { manager: 'rita' })

    await decide(world, await openOne(request), people.rita, 'refuse')

    assert.equal((await world.settled(request.id)).state, 'rejected')
    assert.deepEqual(
      (await request.approvals()).map(({ state }) => state),
      ['closed', 'refused'],
    )
  })

  test('a stage that is edited in the database into another order is not carried out', async () => {
    const request = await asked('s-4', 'Jump', 'Chair', { manager: 'rita' })
    await world.query(`update passerelle.approval set state = 'open' where request_id = $1 and stage = 2`, [request.id])
    const second = (await request.approvals()).find((one) => one.stage === 2)
    assert.ok(second !== undefined)

    await decide(world, second, people.ada)
    await decide(world, second, people.bea)
    await world.query(`update passerelle.request set state = 'queued', wake_at = clock_timestamp() where id = $1`, [request.id])
    const settled = await world.settled(request.id)

    assert.deepEqual([settled.state, settled.problem?.code, await findPerson(world, 'Jump')], ['rejected', 'tampered', null])
  })

  test('a name that nobody bears leaves it to the others who are named, and to administrators', async () => {
    const request = await asked('s-5', 'Named', 'Named')
    const approval = await openOne(request)

    assert.deepEqual([approval.people, await whyNot(approval.id, people.ada)], [['person:rita'], 'not_asked'])
    assert.equal((await decide(world, approval, people.aude)).status, 403)
    assert.equal((await decide(world, approval, people.rita)).status, 200)
    assert.equal((await world.settled(request.id)).state, 'succeeded')
  })

  test('who is written into the list of people in the database may not answer: the plan says who does', async () => {
    const approval = await openOne(await asked('s-6', 'Smuggled', 'Named'))
    await world.query(
      `update passerelle.approval set people = people || '{person:rolf}', roles = roles || '{approver}' where id = $1`,
      [approval.id],
    )

    const statuses = [await decide(world, approval, people.rolf), await decide(world, approval, people.ada)].map(
      ({ status }) => status,
    )

    assert.deepEqual(statuses, [403, 403])
    await decide(world, approval, people.rita, 'refuse')
  })
})

describe('four eyes', () => {
  test('whom a request is about does not approve it: by name or address, by the API and by the database', async () => {
    const request = await asked('f-1', 'Subject', 'Guarded')
    await decide(world, await openOne(request), people.bea, 'refuse')
    await world.query(`update passerelle.person set email = 'asubject' || '@example.org' where name = 'cleo'`)
    await world.settled(request.id)
    world.configure({ ruleSet: { ...rulesInStages(), subject: `identity.login & '@example.org'` } })
    assert.equal((await world.cli('apply')).code, 0)
    await delay(500)
    const about = await asked('f-2', 'Subject', 'Guarded', { givenName: 'Ada' })
    const approval = await openOne(about)

    const answer = await decide(world, approval, people.cleo)

    assert.deepEqual([answer.status, await whyNot(approval.id, people.cleo)], [403, 'subject'])
    assert.ok(!(await mine(people.cleo)).includes(approval.id))
    await assert.rejects(write(approval.id, 'person:cleo'), /approval_four_eyes/)
    assert.equal((await decide(world, approval, people.bea)).status, 200)
    await world.settled(about.id)
  })

  test('who wrote or published the rules does not approve what comes of them, unless the policy says so', async () => {
    await setAuthors(world, ['person:ada'])
    const guarded = await openOne(await asked('f-3', 'Author', 'Guarded'))
    const authored = await openOne(await asked('f-4', 'Authored', 'Authored'))

    const answer = await decide(world, guarded, people.ada)

    assert.deepEqual(
      [answer.status, await whyNot(guarded.id, people.ada), await whyNot(guarded.id, people.bea)],
      [403, 'author', null],
    )
    await assert.rejects(write(guarded.id, 'person:ada'), /approval_four_eyes/)
    assert.equal((await decide(world, authored, people.ada, 'refuse')).status, 200)
    await setAuthors(world, [])
    assert.equal((await decide(world, guarded, people.ada)).status, 403, 'who was an author when it was asked stays one')
    await decide(world, guarded, people.bea, 'refuse')
  })
})

describe('delegation', () => {
  test('of one decision: the delegate answers in the other’s stead, once for both, and it is on record', async () => {
    const request = await asked('d-1', 'Hands', 'Named')
    const approval = await openOne(request)
    const wrong = [
      await delegate(approval.id, 'rolf', people.ada),
      await delegate(approval.id, 'nobody', people.rita),
      await delegate(approval.id, 'rita', people.rita),
    ].map(({ status }) => status)

    const given = await delegate(approval.id, 'rolf', people.rita)
    const offered = await read(approval.id, people.rolf)
    const answer = await decide(world, approval, people.rolf)
    const late = await decide(world, approval, people.rita)

    assert.deepEqual([wrong, given.status, given.body.delegations[0]?.to], [[403, 422, 422], 200, 'person:rolf'])
    assert.deepEqual([offered.mayDecide, offered.onBehalfOf], [true, 'person:rita'])
    assert.deepEqual([answer.status, late.status], [200, 409])
    assert.deepEqual(
      answer.body.decisions.map(({ person, onBehalfOf }) => [person, onBehalfOf]),
      [['person:rolf', 'person:rita']],
    )
    const events = await world.events(request.id)
    assert.equal(events.find(({ action }) => action === 'delegated')?.detail['to'], 'person:rolf')
    assert.equal(events.find(({ action }) => action === 'approved')?.detail['onBehalfOf'], 'person:rita')
    assert.equal((await world.settled(request.id)).state, 'succeeded')
  })

  test('of everything for a time: nobody counts twice, it ends when it is taken back, and it is not handed on', async () => {
    const approval = await openOne(await asked('d-2', 'Period', 'Twice'))
    const { body: given } = await delegateAll({ to: 'rolf', endsAt: inAnHour() }, people.ada)
    const { body: handedOn } = await delegateAll({ to: 'rita', endsAt: inAnHour() }, people.rolf)
    const own = await decide(world, approval, people.ada)
    const again = await whyNot(approval.id, people.rolf)
    const third = await whyNot(approval.id, people.rita)

    const other = await openOne(await asked('d-3', 'Periodic', 'Twice'))
    const inStead = await decide(world, other, people.rolf)
    const self = await whyNot(other.id, people.ada)
    const others = await world.call<{ detail?: string }>('DELETE', `/api/v1/delegations/${given.id}`, undefined, people.rolf)
    const revoked = await world.call('DELETE', `/api/v1/delegations/${given.id}`, undefined, people.ada)
    const after = await whyNot((await openOne(await asked('d-4', 'After', 'Twice'))).id, people.rolf)

    assert.deepEqual([given.isActive, handedOn.isActive, own.status, again, third], [true, true, 200, 'answered', 'not_asked'])
    assert.deepEqual([inStead.status, inStead.body.state, self], [200, 'open', 'answered'])
    assert.deepEqual([others.status, revoked.status, after], [404, 204, 'not_asked'])
    await assert.rejects(write(other.id, 'person:ada'), /approval_decision_once/)
    await assert.rejects(write(other.id, 'person:rita', 'person:bea'), /approval_delegated/)
    for (const one of [approval, other]) await decide(world, one, people.bea, 'refuse')
  })

  test('is no way round: neither for who asked, nor for whom it is about, nor to them', async () => {
    const request = await asked('d-5', 'Round', 'Guarded')
    await decide(world, await openOne(request), people.bea)
    await world.settled(request.id)
    await world.query(`update passerelle.request set state = 'rolled_back' where id = $1`, [request.id])
    await world.query(
      `update passerelle.approval set expires_at = clock_timestamp(), asked_at = asked_at - interval '1 day' where request_id = $1`,
      [request.id],
    )
    await world.query(`update passerelle.person set role = 'operator' where name = 'ada'`)
    const asAda = await world.login('ada', 'password of ada')
    const again = await world.call('POST', `/api/v1/requests/${request.id}/retry`, { reason: 'once more' }, asAda)
    assert.equal(again.body.state, 'awaiting_approval')
    await world.query(`update passerelle.person set role = 'approver' where name = 'ada'`)
    const approval = await openOne(request)
    assert.equal((await delegateAll({ to: 'rolf', endsAt: inAnHour() }, people.ada)).status, 201)

    const statuses = [
      await decide(world, approval, people.rolf),
      await delegate(approval.id, 'rolf', people.ada),
      await delegate(approval.id, 'ada', people.bea),
    ].map(({ status }) => status)

    assert.equal(approval.requester, 'person:ada')
    assert.deepEqual([statuses, await whyNot(approval.id, people.rolf)], [[403, 403, 403], 'not_asked'])
    await assert.rejects(write(approval.id, 'person:rolf', 'person:ada'), /approval_four_eyes/)
    await decide(world, approval, people.bea, 'refuse')
  })

  test('is one’s own to give, but for administrators; it ends after it begins; and is seen by those concerned', async () => {
    const admin = await world.login()
    const refused = [
      await delegateAll({ to: 'rolf', from: 'bea', endsAt: inAnHour() }, people.ada),
      await delegateAll({ to: 'rolf', endsAt: '2020-01-01T00:00:00.000Z' }, people.ada),
      await delegateAll({ to: 'rolf' }, people.ada),
      await delegateAll({ to: 'rolf', endsAt: inAnHour() }, people.aude),
    ].map(({ status }) => status)
    const { status, body } = await delegateAll({ to: 'rolf', from: 'cleo', endsAt: inAnHour() }, admin)
    const listed = async (headers: Headers) =>
      (await world.call<{ items: readonly Delegation[] }>('GET', '/api/v1/delegations', undefined, headers)).body.items.map(
        ({ id }) => id,
      )

    assert.deepEqual([refused, status, body.from, body.createdBy], [[403, 422, 422, 403], 201, 'person:cleo', 'person:admin'])
    assert.deepEqual(
      [await listed(people.cleo), await listed(people.rolf), await listed(people.bea), await listed(people.aude)].map((ids) =>
        ids.includes(body.id),
      ),
      [true, true, false, true],
    )
  })
})

describe('escalation', () => {
  const past = (id: string) => world.query(`update passerelle.approval set escalate_at = clock_timestamp() where id = $1`, [id])
  const until = async (isSo: () => Promise<boolean>) => {
    for (let left = 100; left > 0 && !(await isSo()); left--) await delay(100)
  }

  test('asks others too, after a time, once; those who were asked may still answer', async () => {
    const request = await asked('e-1', 'Escalated', 'Later')
    const approval = await openOne(request)
    const before = await whyNot(approval.id, people.ada)
    await past(approval.id)
    await until(async () => (await read(approval.id, people.ada)).escalatedAt !== null)

    const now = await read(approval.id, people.ada)
    const first = await read(approval.id, people.rita)

    assert.deepEqual([before, now.mayDecide, now.escalatesAt, first.mayDecide], ['not_asked', true, null, true])
    assert.ok((await mine(people.ada)).includes(approval.id))
    assert.equal((await decide(world, approval, people.ada)).status, 200)
    assert.equal((await world.settled(request.id)).state, 'succeeded')
    assert.equal((await world.events(request.id)).filter(({ action }) => action === 'approval_escalated').length, 1)
  })

  test('or refuses by itself', async () => {
    const request = await asked('e-2', 'Unanswered', 'Never')
    const approval = await openOne(request)
    await past(approval.id)

    const settled = await world.settled(request.id)

    assert.deepEqual(
      [settled.state, settled.problem?.code, (await request.approvals())[0]?.state],
      ['rejected', 'expired', 'refused'],
    )
    assert.equal((await decide(world, approval, people.ada)).status, 409)
  })
})

describe('what is decided on', () => {
  test('the plan in words, with each account as it is now, and what became of the like before', async () => {
    const request = await asked('p-1', 'Planned', 'Guarded')
    const approval = await openOne(request)
    let detail = await read(approval.id, people.ada)
    for (let left = 100; left > 0 && detail.planned.some(({ basis }) => basis !== 'read'); left--) {
      await delay(50)
      detail = await read(approval.id, people.ada)
    }
    const { length } = await mine(people.ada)

    const directory = detail.planned.find(({ target }) => target === 'directory')
    assert.deepEqual([directory?.outcome, directory?.basis, directory?.connector], ['create', 'read', 'sql'])
    assert.ok(directory?.writes.attributes.some(({ attribute, after }) => attribute === 'title' && after[0] === 'Guarded'))
    assert.match(directory?.words.fr ?? '', /^Crée un compte dans directory : renseigne .*title/)
    assert.match(directory?.words.en ?? '', /^Creates an account in directory: sets .*title/)
    assert.ok(length > 0 && detail.similar.refused > 0 && detail.similar.approved > 0)
    await decide(world, approval, people.ada)
    await world.settled(request.id)
  })

  test('a change shows before and after; a target that cannot be read is shown as the gateway left it', async () => {
    await stage.queues.queue('apply-intranet').pause()
    const { body } = await world.submit(
      {
        kind: 'update',
        externalId: 'p-1',
        attributes: { givenName: 'Adele', familyName: 'Planned', title: 'Guarded', organizationalUnit: 'Sales' },
      },
      { Prefer: 'respond-async' },
    )
    const approval = await openOne({ approvals: () => approvalsOf(world, body.id, people.aude) })
    let detail = await read(approval.id, people.ada)
    for (let left = 100; left > 0 && detail.planned.every(({ basis }) => basis !== 'read'); left--) {
      await delay(50)
      detail = await read(approval.id, people.ada)
    }
    await stage.queues.queue('apply-intranet').resume()
    const of = (name: string) => detail.planned.find(({ target }) => target === name)
    const change = of('directory')?.writes.attributes.find(({ attribute }) => attribute === 'given_name')

    assert.deepEqual([of('directory')?.basis, change?.before, change?.after], ['read', ['Ada'], ['Adele']])
    assert.deepEqual([of('intranet')?.basis, of('intranet')?.outcome], ['known', 'modify'])
    await decide(world, approval, people.ada, 'refuse')
  })
})

describe('a target that changed since people were asked', () => {
  const setTitle = (familyName: string, title: string) =>
    world.postgres.query(targetDatabase, `update directory.person set title = $2 where family_name = $1`, [familyName, title])
  /** Somebody whose change was read and approved, and whose account is edited before its steps begin: first the one of this target. */
  async function drifted(externalId: string, familyName: string, title: string, first: 'directory' | 'intranet') {
    const other = stage.queues.queue(first === 'directory' ? 'apply-intranet' : 'apply-directory')
    const created = await world.submit(applicant(externalId, familyName, 'Clerk'))
    assert.equal(created.body.state, 'succeeded')
    const { body } = await world.submit(applicant(externalId, familyName, title, 'Sales'), { Prefer: 'respond-async' })
    const approval = await openOne({ approvals: () => approvalsOf(world, body.id, people.aude) })
    for (let left = 100; left > 0; left--) {
      if ((await read(approval.id, people.ada)).planned.every(({ basis }) => basis === 'read')) break
      await delay(50)
    }
    await setTitle(familyName, 'Edited by hand')
    await other.pause()
    assert.equal((await decide(world, approval, people.ada)).status, 200)
    await delay(1_000)
    await other.resume()
    return body.id
  }

  test('is refused: nothing is done, and whoever has it done again is asked anew, on what is there now', async () => {
    const id = await drifted('t-1', 'Drift', 'Guarded', 'directory')
    const settled = await world.settled(id)
    const person = await findPerson(world, 'Drift')
    const again = await world.call('POST', `/api/v1/requests/${id}/retry`, { reason: 'it is as it should be' }, people.oscar)
    const second = await openOne({ approvals: () => approvalsOf(world, id, people.aude) })
    for (let left = 100; left > 0 && (await read(second.id, people.ada)).planned.some(({ basis }) => basis !== 'read'); left--)
      await delay(50)
    const title = (await read(second.id, people.ada)).planned[0]?.writes.attributes.find(({ attribute }) => attribute === 'title')
    await decide(world, second, people.bea)

    assert.deepEqual([settled.state, settled.problem?.code, person?.title], ['rolled_back', 'drift', 'Edited by hand'])
    assert.ok(settled.steps.every(({ state }) => state === 'kept'))
    assert.deepEqual([again.body.state, second.round, title?.before], ['awaiting_approval', 2, ['Edited by hand']])
    assert.equal((await world.settled(id)).state, 'succeeded')
    assert.equal((await findPerson(world, 'Drift'))?.title, 'Guarded')
  })

  test('is planned and asked about anew, where the policy says so', async () => {
    const id = await drifted('t-2', 'Anew', 'Anew', 'directory')
    let approvals: readonly Approval[] = []
    for (let left = 150; left > 0 && approvals.length < 2; left--) {
      await delay(100)
      approvals = await approvalsOf(world, id, people.aude)
    }
    const [second] = approvals
    assert.ok(second !== undefined)
    const person = await findPerson(world, 'Anew')
    await decide(world, second, people.bea)

    assert.deepEqual(
      [approvals.map(({ state }) => state), second.round, person?.title],
      [['open', 'approved'], 2, 'Edited by hand'],
    )
    assert.equal((await world.settled(id)).state, 'succeeded')
    assert.equal((await findPerson(world, 'Anew'))?.title, 'Anew')
    assert.deepEqual(
      (await world.events(id))
        .map(({ action }) => action)
        .filter((action) => ['approval_asked', 'drifted', 'planned_again'].includes(action)),
      ['approval_asked', 'drifted', 'planned_again', 'approval_asked'],
    )
  })

  test('what another target has already is put back', async () => {
    const id = await drifted('t-4', 'Partly', 'Guarded', 'intranet')
    const settled = await world.settled(id)

    assert.deepEqual([settled.state, settled.problem?.code, settled.problem?.target], ['rolled_back', 'drift', 'directory'])
    assert.deepEqual(
      settled.steps.map(({ target, state }) => [target, state]),
      [
        ['directory', 'failed'],
        ['intranet', 'undone'],
      ],
    )
    assert.equal((await findPerson(world, 'Partly'))?.title, 'Edited by hand')
  })

  test('what others change elsewhere on the account is none', async () => {
    const created = await world.submit(applicant('t-3', 'Elsewhere', 'Clerk'))
    assert.equal(created.body.state, 'succeeded')
    const { body } = await world.submit(applicant('t-3', 'Elsewhere', 'Guarded'), { Prefer: 'respond-async' })
    const approval = await openOne({ approvals: () => approvalsOf(world, body.id, people.aude) })
    for (let left = 100; left > 0 && (await read(approval.id, people.ada)).planned.some(({ basis }) => basis !== 'read'); left--)
      await delay(50)
    await world.postgres.query(
      targetDatabase,
      `update directory.person set password = 'changed by its owner' where family_name = 'Elsewhere'`,
    )
    await decide(world, approval, people.ada)

    assert.equal((await world.settled(body.id)).state, 'succeeded')
  })
})

/** Writes who had a hand in the versions of rules, as writing them does. */
async function setAuthors({ query }: World, authors: readonly string[]): Promise<void> {
  await query(`update passerelle.rule_version set authors = $1::text[] || array['configuration']`, [authors])
}
