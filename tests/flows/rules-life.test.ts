/** The life of rules, from a draft to what decides about requests, and all that stands between the two. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Plan } from '#core/plan.ts'
import { openPeople, type Headers } from '#tests/harness/approvals.ts'
import { asWriter, smallCases, smallRules, type RuleAnswer, type Writer } from '#tests/harness/rules.ts'
import { shippedRules, sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld, type World, type WorldServer } from '#tests/harness/world.ts'

const peopleKey = `people_${'k'.repeat(40)}`

let world: World
let other: WorldServer
let people: Record<'ada' | 'bob' | 'vera' | 'rita', Headers>
let admin: Writer
let ada: Writer
let bob: Writer
before(async () => {
  world = await openWorld({
    engine: 'postgres',
    targets: sqlTargets,
    ruleSet: shippedRules(),
    moreRuleSets: [{ name: 'woken' }, { name: 'paired', fourEyes: true }, { name: 'by-hand', fourEyes: true }],
    sources: { people: { ruleSet: 'woken', credentials: [{ apiKey: peopleKey }] } },
    workers: 0,
  })
  people = await openPeople(world, { ada: 'rule_editor', bob: 'rule_editor', vera: 'approver', rita: 'reader' })
  // Bob's calls go to another server: what two people do at once is decided in the database.
  other = await world.startServer()
  ;[admin, ada, bob] = [asWriter(world, await world.login()), asWriter(world, people.ada), asWriter(other, people.bob)]
})
after(() => world[Symbol.asyncDispose]())

const states = async (name: string) =>
  (await ada.ruleSet(name)).history.map(({ version, state }) => `${version} ${state}`).toReversed()
interface Recorded {
  readonly action: string
  readonly actor: string
  readonly version: number
  readonly hash: string
  readonly reason?: string
}
/** What the audit trail says of a rule set. */
async function trail(name: string): Promise<readonly Recorded[]> {
  const rows = await world.query(
    `select jsonb_build_object('action', action, 'actor', actor) || detail as recorded from passerelle.audit where detail ->> 'ruleSet' = $1 order by seq`,
    [name],
  )
  return rows.map(({ recorded }) => recorded as Recorded)
}
function refused(answer: RuleAnswer, status: number, words: RegExp): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body))
  assert.match(`${answer.body.detail} ${answer.body.hint ?? ''}`, words)
}

describe('a draft', () => {
  test('is kept byte for byte, with its tests and what they came to', async () => {
    const text = `${smallRules('bytes')}\r\n# é\u0301\n\n`

    const made = await ada.create('bytes', text, smallCases('A@X'))
    const raw = await fetch(`${world.url}/api/v1/rules/bytes/versions/1`, { headers: { ...people.ada, Accept: 'text/plain' } })

    assert.equal(made.status, 201)
    assert.deepEqual(
      [made.body.state, made.body.author, made.body.tests, made.body.problems, made.body.format],
      ['draft', 'person:ada', { cases: 1, red: 0 }, 0, 'yaml'],
    )
    assert.deepEqual(Buffer.from(await raw.arrayBuffer()), Buffer.from(text))
    assert.equal(made.body.text, text)
  })

  test('can be saved with problems, which say where they stand; it cannot be published then', async () => {
    await ada.create('broken', smallRules('broken'))

    const saved = await ada.save('broken', { text: 'name: broken\ntargets: { intrant: 1 }\n', base: 1, revision: 1 })
    const published = await ada.verb('broken', 1, 'publish')

    assert.deepEqual([saved.status, saved.body.problems, saved.body.revision], [200, 1, 2])
    assert.deepEqual(
      saved.body.check.problems.map(({ line, document }) => [document, line]),
      [['rules', 2]],
    )
    refused(published, 409, /has 1 problem/)
  })

  test('knows the targets and its own name', async () => {
    const { body } = await ada.create('strange', smallRules('other').replace('intranet:', 'intrnet:'))

    assert.deepEqual(
      body.check.problems.map(({ path, line, hint }) => [path, line, hint]),
      [
        ['name', 2, 'write name: strange'],
        ['targets.intrnet', 4, 'did you mean intranet?'],
      ],
    )
  })

  test('is not overwritten by who did not see what another saved', async () => {
    await ada.create('shared', smallRules('shared'))
    const first = await bob.save('shared', { text: smallRules('shared', 'mailOfBob'), base: 1, revision: 1 })

    const second = await ada.save('shared', { text: smallRules('shared', 'mailOfAda'), base: 1, revision: 1 })
    const without = await ada.save('shared', { text: smallRules('shared', 'mailOfAda'), base: 1 })
    const seen = await ada.save('shared', { text: smallRules('shared', 'mailOfAda'), base: 1, revision: 2 })

    assert.equal(first.body.author, 'person:bob')
    for (const answer of [second, without]) refused(answer, 409, /person:bob saved version 1 at .*Z, as revision 2/)
    assert.deepEqual([seen.status, seen.body.authors], [200, ['person:bob', 'person:ada']])
  })

  test('of which two are begun at once is one', async () => {
    await ada.create('twins', smallRules('twins'))
    await ada.verb('twins', 1, 'publish')

    const lock = await world.postgres.hold('passerelle', `select from passerelle.rule_set_policy where name = 'twins' for update`)
    const saving = [ada, bob].map((who, index) => who.save('twins', { text: smallRules('twins', `mail${index}`), base: 1 }))
    const early = await Promise.race([...saving, delay(500, 'they wait')])
    await lock[Symbol.asyncDispose]()
    const answers = await Promise.all(saving)

    assert.equal(early, 'they wait')
    assert.deepEqual(
      answers.map(({ status }) => status).sort((left, right) => left - right),
      [200, 409],
    )
    assert.deepEqual(await states('twins'), ['1 published', '2 draft'])
  })

  test('is given up with a reason, and taken up again from the history', async () => {
    await ada.create('given-up', smallRules('given-up'))

    const silent = await world.call('DELETE', '/api/v1/rules/given-up/draft', {}, people.ada)
    await world.call('DELETE', '/api/v1/rules/given-up/draft', { reason: 'not needed any more' }, people.ada)
    const restored = await bob.verb('given-up', 1, 'restore', { reason: 'needed all the same' })

    assert.equal(silent.status, 422)
    assert.deepEqual([restored.status, restored.body.version, restored.body.author], [201, 2, 'person:bob'])
    assert.deepEqual(await states('given-up'), ['1 withdrawn', '2 draft'])
  })

  test('that was overtaken is not published by mistake, and knowingly taken up again', async () => {
    await ada.create('overtaken', smallRules('overtaken'))
    await ada.verb('overtaken', 1, 'publish')
    await ada.save('overtaken', { text: smallRules('overtaken', 'mail2'), base: 1 })
    await ada.verb('overtaken', 2, 'submit')
    await bob.save('overtaken', { text: smallRules('overtaken', 'mail3'), base: 2 })
    await bob.verb('overtaken', 3, 'publish')
    const afterwards = await states('overtaken')
    await bob.save('overtaken', { text: smallRules('overtaken', 'mail4'), base: 3 })
    await world.query(`insert into passerelle.rule_set (name, version, hash, text) values ('overtaken', 4, 'h', $1)`, [
      smallRules('overtaken', 'fromTheVersionBefore'),
    ])

    const published = await bob.verb('overtaken', 4, 'publish')
    const restored = await bob.verb('overtaken', 4, 'restore', { reason: 'both were looked at' })
    const again = await bob.verb('overtaken', 6, 'publish')

    assert.deepEqual(afterwards, ['1 superseded', '2 superseded', '3 published'])
    refused(published, 409, /version 5 came into force after version 4 was begun/)
    assert.deepEqual([restored.status, again.status], [201, 200])
    assert.deepEqual((await states('overtaken')).slice(2), ['3 superseded', '4 withdrawn', '5 superseded', '6 published'])
  })
})

describe('publishing', () => {
  test('puts exactly one version in force, whoever publishes at once', async () => {
    await ada.create('race', smallRules('race'))
    await ada.verb('race', 1, 'publish')
    await ada.save('race', { text: smallRules('race', 'mail2'), base: 1 })
    await ada.verb('race', 2, 'submit')
    await bob.verb('race', 2, 'review', { decision: 'approve', reason: 'looks good' })
    await bob.save('race', { text: smallRules('race', 'mail3'), base: 2 })

    const answers = await Promise.all(
      [2, 3, 2, 3, 2, 3].map((version, index) => (index % 2 === 0 ? ada : bob).verb('race', version, 'publish')),
    )

    const won = answers.filter(({ status }) => status === 200).length
    assert.ok(won === 1 || won === 2, `${won} were published`)
    assert.deepEqual(await states('race'), ['1 superseded', '2 superseded', '3 published'])
    await assert.rejects(
      world.query(`update passerelle.rule_version set state = 'published' where name = 'race' and version = 1`),
      /rule_version_in_force/,
    )
  })

  test('wakes every server, and says who, what and why in the audit trail', async () => {
    const plannedBy = async (server: Pick<World, 'call'>) => {
      const change = { kind: 'create', externalId: 'w-1', attributes: { familyName: 'Ammann' } }
      const headers = { Authorization: `Bearer ${peopleKey}` }
      const { body } = await server.call<{ plan?: Plan }>('POST', '/api/v1/requests?dryRun=true', change, headers)
      return body.plan?.ruleSet.version
    }
    /** Until both servers plan with a version. */
    const untilPlannedBy = async (version: number) => {
      for (const server of [world, other])
        for (let left = 100; (await plannedBy(server)) !== version; left--) {
          assert.ok(left > 0, `the server was not told of version ${version}`)
          await delay(20)
        }
    }
    assert.deepEqual([await plannedBy(world), await plannedBy(other)], [undefined, undefined])
    await ada.create('woken', smallRules('woken'))
    await ada.verb('woken', 1, 'publish')
    await untilPlannedBy(1)
    await ada.save('woken', { text: smallRules('woken', 'mail2'), base: 1 })

    const { body } = await ada.verb('woken', 2, 'publish', { reason: 'another address' })

    await untilPlannedBy(2)
    const published = { ruleSet: 'woken', version: 2, hash: body.hash, reason: 'another address' }
    assert.deepEqual((await trail('woken')).at(-1), { action: 'rule_published', actor: 'person:ada', ...published })
  })

  test('is refused while tests are red; an override needs the right and a reason, and is recorded', async () => {
    await ada.create('red', smallRules('red'), smallCases('b@x'))

    const refusedRed = await ada.verb('red', 1, 'publish')
    const noRight = await ada.verb('red', 1, 'publish', { override: { reason: 'it is urgent' } })
    const noReason = await admin.verb('red', 1, 'publish', { override: { reason: '' } })
    const overridden = await admin.verb('red', 1, 'publish', { override: { reason: 'the case is wrong, not the rule' } })

    refused(refusedRed, 409, /1 of the tests of version 1 is red.*rules:override/)
    refused(noRight, 403, /rules:override/)
    refused(noReason, 422, /says why/)
    assert.deepEqual([overridden.status, overridden.body.state, overridden.body.tests], [200, 'published', { cases: 1, red: 1 }])
    const override = (await trail('red')).find(({ action }) => action === 'rule_tests_overridden')
    assert.deepEqual([override?.actor, override?.reason], ['person:admin', 'the case is wrong, not the rule'])
  })

  test('tries the tests again: what they once came to does not count', async () => {
    await ada.create('again', smallRules('again'), smallCases('b@x'))
    await world.query(`update passerelle.rule_version set tests = '{"cases":1,"red":0,"results":[]}' where name = 'again'`)

    const published = await ada.verb('again', 1, 'publish')

    refused(published, 409, /1 of the tests/)
  })

  test('of a version that was saved since somebody looked at it does nothing', async () => {
    await ada.create('seen', smallRules('seen'))
    await bob.save('seen', { text: smallRules('seen', 'mailOfBob'), base: 1, revision: 1 })

    const published = await ada.verb('seen', 1, 'publish', { revision: 1 })

    refused(published, 409, /person:bob saved version 1/)
    assert.deepEqual(await states('seen'), ['1 draft'])
  })

  test('is for those who have the right', async () => {
    await ada.create('rights', smallRules('rights'))
    const [vera, rita] = [asWriter(world, people.vera), asWriter(world, people.rita)]

    assert.equal((await vera.verb('rights', 1, 'publish')).status, 403)
    assert.equal((await rita.verb('rights', 1, 'review', { decision: 'approve', reason: 'why not' })).status, 403)
    assert.equal((await rita.create('mine', smallRules('mine'))).status, 403)
    assert.equal((await world.call('GET', '/api/v1/rules/rights')).status, 403)
    assert.equal((await world.call('DELETE', '/api/v1/rules/rights/draft')).status, 403)
    assert.deepEqual((await rita.ruleSet('rights')).verbs, [])
    assert.deepEqual((await vera.ruleSet('rights')).verbs, ['review'])
  })
})

describe('four eyes', () => {
  const approve = { decision: 'approve', reason: 'I tried it on three people' }

  test('let nothing pass that nobody else looked at', async () => {
    await ada.create('paired', smallRules('paired'))
    await bob.save('paired', { text: smallRules('paired', 'mailOfBob'), base: 1, revision: 1 })

    const unreviewed = await admin.verb('paired', 1, 'publish')
    const later = await admin.verb('paired', 1, 'publish', { at: '2099-01-01T00:00:00Z' })
    await ada.verb('paired', 1, 'submit', { comment: 'addresses of their own' })
    const inReview = await admin.verb('paired', 1, 'publish')
    const own = [await ada.verb('paired', 1, 'review', approve), await bob.verb('paired', 1, 'review', approve)]
    const approved = await admin.verb('paired', 1, 'review', approve)
    const published = await ada.verb('paired', 1, 'publish')

    for (const answer of [unreviewed, later, inReview])
      refused(answer, 409, /somebody else than its authors must approve version 1/)
    for (const answer of own) refused(answer, 403, /whoever had a hand in a version does not review it/)
    assert.deepEqual([approved.body.state, approved.body.reviewedBy], ['approved', 'person:admin'])
    assert.deepEqual([published.body.state, (await ada.ruleSet('paired')).fourEyes], ['published', true])
    assert.deepEqual(
      (await trail('paired')).map(({ action, actor }) => `${action} ${actor}`),
      [
        'rule_policy_changed configuration',
        'rule_drafted person:ada',
        'rule_saved person:bob',
        'rule_submitted person:ada',
        'rule_approved person:admin',
        'rule_published person:ada',
      ],
    )
  })

  test('send a version back with a reason; its author begins again from it', async () => {
    await ada.create('sent-back', smallRules('sent-back'))
    await ada.verb('sent-back', 1, 'submit')

    const rejected = await bob.verb('sent-back', 1, 'review', { decision: 'reject', reason: 'externals are missing' })
    const anew = await ada.save('sent-back', { text: smallRules('sent-back', 'mail2'), base: 1 })

    assert.deepEqual([rejected.body.state, rejected.body.reason], ['rejected', 'externals are missing'])
    assert.deepEqual([anew.body.version, anew.body.basedOn], [2, 1])
  })

  test('are held by the database too', async () => {
    await ada.create('by-hand', smallRules('by-hand'))
    const by = (change: string) =>
      world.query(`update passerelle.rule_version set ${change} where name = 'by-hand' and version = 1`)
    const published = `state = 'published', published_at = now(), published_by = 'person:ada'`

    await assert.rejects(by(published), /needs four eyes/)
    await assert.rejects(by(`state = 'scheduled', publish_at = now(), published_by = 'person:ada'`), /needs four eyes/)
    await assert.rejects(by(`state = 'approved'`), /needs four eyes/)
    await assert.rejects(by(`state = 'approved', reviewed_by = 'person:ada'`), /rule_version_four_eyes/)
    await ada.verb('by-hand', 1, 'submit')
    await assert.rejects(by(`text = text || '# edited while it is looked at'`), /is not written any more/)
    await assert.rejects(by(`authors = '{person:nobody}'`), /is not written any more/)
    assert.deepEqual(await states('by-hand'), ['1 in_review'])
  })
})

describe('a moment that was chosen', () => {
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString()
  async function until(name: string, state: string): Promise<void> {
    for (let left = 150; left > 0; left--) {
      if ((await states(name)).some((one) => one.endsWith(state))) return
      await delay(50)
    }
    assert.fail(`no version of ${name} is ${state}: ${(await states(name)).join(', ')}`)
  }

  test('publishes then, and not before, and once, whichever server looks first', async () => {
    await ada.create('later', smallRules('later'))
    const scheduled = await ada.verb('later', 1, 'publish', { at: inMs(2_500), reason: 'for the first of the month' })

    const early = await states('later')
    await until('later', 'published')

    const { body } = await ada.read('later', 1)
    assert.deepEqual([scheduled.status, scheduled.body.state, early], [200, 'scheduled', ['1 scheduled']])
    assert.ok(Date.parse(body.publishedAt ?? '') >= Date.parse(scheduled.body.publishAt ?? ''))
    assert.deepEqual([body.publishedBy, body.reason, body.publishAt], ['person:ada', 'for the first of the month', null])
    assert.equal((await trail('later')).filter(({ action }) => action === 'rule_published').length, 1)
  })

  test('that is over is refused', async () => {
    await ada.create('past', smallRules('past'))

    refused(await ada.verb('past', 1, 'publish', { at: inMs(-1_000) }), 422, /is over/)
    refused(await ada.verb('past', 1, 'publish', { at: 'tomorrow' }), 422, /with its zone/)
  })

  test('does not publish for somebody who lost the right: people are alarmed, and the trail says so', async () => {
    await openPeople(world, { gone: 'rule_editor' })
    const gone = asWriter(world, await world.login('gone', 'password of gone'))
    await gone.create('lost-right', smallRules('lost-right'))
    await gone.verb('lost-right', 1, 'publish', { at: inMs(1_500) })
    await world.query(`update passerelle.person set role = 'reader' where name = 'gone'`)

    await until('lost-right', 'rejected')

    const { body } = await ada.read('lost-right', 1)
    assert.match(body.reason ?? '', /person:gone has no right to publish rules any more/)
    assert.equal((await trail('lost-right')).at(-1)?.action, 'rule_not_published')
    assert.match(world.server.log() + other.log(), /"alert":true,"ruleSet":"lost-right"/)
  })

  test('does not publish what is red by then', async () => {
    await ada.create('red-then', smallRules('red-then'), smallCases('A@X'))
    await ada.verb('red-then', 1, 'publish', { at: inMs(1_500) })
    await world.query(`alter table passerelle.rule_version disable trigger rule_version_guard`)
    await world.query(`update passerelle.rule_version set cases = $1 where name = 'red-then'`, [smallCases('b@x')])
    await world.query(`alter table passerelle.rule_version enable trigger rule_version_guard`)

    await until('red-then', 'rejected')

    assert.match((await ada.read('red-then', 1)).body.reason ?? '', /1 of the tests of version 1 is red/)
  })

  test('survives that the server on which it was chosen is gone', async () => {
    const gone = await world.startServer()
    const there = asWriter(gone, people.ada)
    await there.create('survives', smallRules('survives'))
    await there.verb('survives', 1, 'publish', { at: inMs(2_000) })

    await gone.kill('SIGKILL')

    await until('survives', 'published')
  })

  test('is called off by withdrawing the version', async () => {
    await ada.create('off', smallRules('off'))
    await ada.verb('off', 1, 'publish', { at: inMs(1_000) })

    await ada.verb('off', 1, 'withdraw', { reason: 'too early' })
    await delay(1_500)

    assert.deepEqual(await states('off'), ['1 withdrawn'])
  })
})
