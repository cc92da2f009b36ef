/** Reconciliation: what targets hold beside what the ledger believes, found page by page, and what people do about it. On both queue engines. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Finding, Page, Reconciliation } from '#server/api/types.ts'
import { joiner } from '#tests/harness/leavers.ts'
import { shippedRules, sqlTargets, targetDatabase, targetsDump } from '#tests/harness/sql-targets.ts'
import { openWorld, type Answer, type World } from '#tests/harness/world.ts'

const reason = 'the yearly review'

for (const engine of ['redis', 'postgres'] as const)
  describe(`on ${engine}`, () => {
    let world: World
    let admin: Record<string, string>
    let last = 0

    before(async () => {
      world = await openWorld({ engine, targets: sqlTargets, ruleSet: shippedRules(), workers: 1 })
      admin = await world.login()
    })
    after(() => world[Symbol.asyncDispose]())

    const change = (text: string, values: readonly unknown[] = []) => world.postgres.query(targetDatabase, text, values)
    const start = (target: string) => world.call<Reconciliation>('POST', '/api/v1/reconciliations', { target, reason }, admin)
    const read = async (id: string) =>
      (await world.call<Reconciliation>('GET', `/api/v1/reconciliations/${id}`, undefined, admin)).body
    async function ended(id: string): Promise<Reconciliation> {
      for (const end = Date.now() + 20_000; ; await delay(50)) {
        const run = await read(id)
        if (run.endedAt !== null) return run
        assert.ok(Date.now() < end, `still ${JSON.stringify(run)}`)
      }
    }
    const reconcile = async (target: string) => {
      const { status, body } = await start(target)
      assert.equal(status, 202, JSON.stringify(body))
      return ended(body.id)
    }
    const findings = async (query: string) =>
      (await world.call<Page<Finding>>('GET', `/api/v1/findings?limit=200&${query}`, undefined, admin)).body.items
    const act = (id: string, verb: string, body: object, headers = admin) =>
      world.call<Finding & { readonly detail?: string }>('POST', `/api/v1/findings/${id}/${verb}`, body, headers)
    const audited = async (action: string) =>
      (await world.query('select actor, target, detail from passerelle.audit where action = $1 order by seq', [action])).at(-1)

    /** Somebody with accounts, under a name of their own. */
    async function join(attributes: Readonly<Record<string, unknown>> = {}) {
      const number = ++last
      const familyName = `Bell${'abcdefghijklmnopqrstuvwxyz'.charAt(number)}`
      const { status, body } = await world.submit({
        ...joiner(`E-${engine}-${number}`, familyName, attributes),
        secrets: { password: 'Correct-Horse-42' },
      })
      assert.equal(status, 201, JSON.stringify(body))
      return { externalId: `E-${engine}-${number}`, familyName, login: `a${familyName.toLowerCase()}` }
    }

    test('each kind of finding is told once, with what we left and what stands there, and goes when it is so no more; nothing in the target changes', async () => {
      const [fine, changed, gone, left] = [await join(), await join(), await join(), await join()]
      await change('update directory.person set title = $2 where login = $1', [changed.login, 'Boss'])
      await change('delete from directory.membership where person_id = (select id from directory.person where login = $1)', [
        gone.login,
      ])
      await change('delete from directory.person where login = $1', [gone.login])
      await change('update directory.person set active = false where login = $1', [left.login])
      await change(
        "delete from directory.membership where group_name = 'everyone' and person_id = (select id from directory.person where login = $1)",
        [left.login],
      )
      await change("insert into directory.person (login, family_name, password) values ('ghost', 'Ghost', 'secret-hash')")
      const dump = await targetsDump(world)

      const run = await reconcile('directory')
      const again = await reconcile('directory')
      const found = await findings(`reconciliation=${run.id}`)

      assert.deepEqual([run.state, run.expected, run.listed], ['done', 4, 4])
      assert.deepEqual(run.counts, { matched: 1, missing: 1, orphan: 1, divergent: 2, adopted: 0, busy: 0 })
      assert.deepEqual(again.counts, run.counts)
      assert.equal(await targetsDump(world), dump)
      assert.equal((await findings(`reconciliation=${again.id}`)).map(({ id }) => id).join(), found.map(({ id }) => id).join())
      const of = (externalId: string | null) => found.filter((one) => (one.identity?.externalId ?? null) === externalId)
      assert.deepEqual(of(fine.externalId), [])
      assert.deepEqual(
        of(changed.externalId).map(({ kind, differences }) => ({ kind, differences })),
        [{ kind: 'divergent', differences: [{ item: 'title', expected: ['Clerk'], found: ['Boss'] }] }],
      )
      assert.deepEqual(
        of(gone.externalId).map(({ kind }) => kind),
        ['missing'],
      )
      assert.deepEqual(of(left.externalId)[0]?.differences, [
        { item: 'enabled', expected: [true], found: [false] },
        { item: 'memberships', expected: ['everyone'], found: [] },
      ])
      assert.deepEqual(
        of(null).map(({ kind, candidate }) => ({ kind, candidate })),
        [{ kind: 'orphan', candidate: null }],
      )
      assert.doesNotMatch(JSON.stringify(found), /secret-hash|scrypt|argon|Correct-Horse/)
      assert.deepEqual((await audited('reconciled'))?.['target'], 'directory')

      await change('update directory.person set title = $2 where login = $1', [changed.login, 'Clerk'])
      await change("delete from directory.person where login = 'ghost'")
      await reconcile('directory')

      const closed = await findings('target=directory&state=closed')
      assert.deepEqual(
        new Set(closed.map(({ kind, closed: how }) => `${kind} ${how?.by}`)),
        new Set(['divergent reconciliation', 'orphan reconciliation']),
      )
    })

    test('repairing is an ordinary request: what is missing is made anew, what diverges is written back, and the finding goes', async () => {
      const [divergent, missing] = [
        await findings('target=directory&kind=divergent&state=open'),
        await findings('target=directory&kind=missing&state=open'),
      ]
      const both = [...divergent, ...missing]
      assert.equal(both.length, 2)

      for (const { id } of both) {
        const { status, headers, body } = await act(id, 'repair', { reason })
        assert.equal(status, 202, JSON.stringify(body))
        const request = await world.settled((headers.get('Location') ?? '').split('/').at(-1) ?? '')
        assert.deepEqual([request.state, request.id], ['succeeded', body.requestId])
      }
      await reconcile('directory')

      assert.deepEqual(await findings('target=directory&state=open'), [])
      assert.equal((await change('select from directory.person')).length, 4)
      assert.equal((await audited('finding_repaired'))?.['actor'], 'person:admin')
      assert.equal((await act(both[0]?.id ?? '', 'repair', { reason })).status, 409)
    })

    test('an orphan is adopted for the identity that it seems to belong to, and is counted as adopted from then on', async () => {
      const external = await join({ employeeType: 'external' })
      await change('insert into intranet.account (username, full_name) values ($1, $2)', [
        external.externalId.toLowerCase(),
        'Somebody',
      ])
      await reconcile('intranet')
      const [orphan] = await findings('target=intranet&kind=orphan&state=open')
      assert.equal(orphan?.candidate?.externalId, external.externalId)
      const whom = { source: 'test', externalId: external.externalId, reason }

      const nobody = await act(orphan.id, 'adopt', { ...whom, externalId: 'E-nobody' })
      const other = await act(orphan.id, 'adopt', { ...whom, externalId: `E-${engine}-1` })
      const adopted = await act(orphan.id, 'adopt', whom)
      const twice = await act(orphan.id, 'adopt', whom)
      const run = await reconcile('intranet')

      assert.deepEqual([nobody.status, other.status, adopted.status, twice.status], [422, 409, 200, 409])
      assert.deepEqual([adopted.body.state, adopted.body.closed?.by], ['closed', 'adopted'])
      assert.deepEqual([run.counts.orphan, run.counts.adopted], [0, 1])
      assert.equal((await findings('target=intranet&kind=adopted'))[0]?.identity?.externalId, external.externalId)
      assert.equal((await audited('account_adopted'))?.['actor'], 'person:admin')
      assert.equal((await change('select from intranet.account where full_name = $1', ['Somebody'])).length, 1)
    })

    test('what is ignored is open again after its day, and every action has its right, its reason and its place in the audit trail', async () => {
      await change("insert into intranet.account (username) values ('robot')")
      await reconcile('intranet')
      const [robot] = await findings('target=intranet&kind=orphan&state=open')
      const id = robot?.id ?? ''
      const until = new Date(Date.now() + 1_500).toISOString()

      const refused = await Promise.all([
        act(id, 'ignore', { until }),
        act(id, 'ignore', { until: '2020-01-01T00:00:00Z', reason }),
        act(id, 'repair', { reason }),
        act(id, 'ignore', { until, reason }, {}),
      ])
      const ignored = await act(id, 'ignore', { until, reason })
      const meanwhile = await findings('target=intranet&state=ignored')
      await reconcile('intranet')
      await delay(1_600)

      assert.deepEqual(
        refused.map(({ status }) => status),
        [422, 422, 409, 403],
      )
      assert.deepEqual([ignored.body.state, ignored.body.ignored?.reason, meanwhile.length], ['ignored', reason, 1])
      assert.deepEqual(
        (await findings('target=intranet&kind=orphan&state=open')).map((one) => one.id),
        [id],
      )
      assert.equal((await audited('finding_ignored'))?.['target'], 'intranet')
    })

    test('what the gateway itself is changing is not reported, and what was found of it before is neither confirmed nor closed', async () => {
      const one = await join()
      await change('update intranet.account set full_name = $2 where username = $1', [one.login, 'Another'])
      await reconcile('intranet')
      const [before] = await findings('target=intranet&kind=divergent&state=open')
      // As it is while a request of theirs is under way.
      await world.query('update passerelle.identity set active_request = gen_random_uuid() where key = $1', [
        one.externalId.toLowerCase(),
      ])
      await change('update intranet.account set email = $2 where username = $1', [one.login, 'x@y'])

      const run = await reconcile('intranet')
      const [meanwhile] = await findings('target=intranet&kind=divergent&state=open')
      await world.query('update passerelle.identity set active_request = null where key = $1', [one.externalId.toLowerCase()])
      const after = await reconcile('intranet')

      assert.equal(run.counts.busy, 1)
      assert.deepEqual([meanwhile?.id, meanwhile?.differences], [before?.id, before?.differences])
      assert.deepEqual(
        [after.counts.busy, (await findings('target=intranet&kind=divergent&state=open'))[0]?.differences.length],
        [0, 2],
      )
    })

    test('an account that stopped being somebody’s while it was listed, or is just becoming somebody’s, is nobody’s orphan', async () => {
      const one = await join()
      const left = await join()
      await world.settled((await world.submit({ kind: 'delete', externalId: left.externalId })).body.id)
      const gone = await world.query("select native_id from passerelle.account_gone where target = 'intranet'")
      const [robot] = await findings('target=intranet&kind=orphan&state=open')
      // As when the deletion is settled between a page's being read and its being judged.
      const leaves = 'insert into passerelle.account_gone (native_id, target, gone_at) values ($1, $2, $3)'
      await world.query(leaves, [robot?.nativeId, 'intranet', new Date(Date.now() + 60_000)])
      // As when an account was made and its step is not settled yet.
      await world.query(
        "delete from passerelle.account where target = 'intranet' and identity_id = (select id from passerelle.identity where key = $1)",
        [one.externalId.toLowerCase()],
      )
      await world.query(
        "update passerelle.step set state = 'running' where target = 'intranet' and plan -> 'correlate' -> 'username' ->> 0 = $1",
        [one.login],
      )
      await world.query(
        'update passerelle.identity set active_request = (select id from passerelle.request where identity_id = identity.id) where key = $1',
        [one.externalId.toLowerCase()],
      )

      const run = await reconcile('intranet')

      assert.equal(gone.length, 1)
      assert.deepEqual([run.counts.orphan, run.counts.busy], [0, 2])
      await world.query('delete from passerelle.account_gone')
      await world.query('update passerelle.identity set active_request = null where key = $1', [one.externalId.toLowerCase()])
      assert.equal((await reconcile('intranet')).counts.orphan, 2)
    })

    test('a target that cannot be listed ends it with the reason, and closes nothing that was found before', async () => {
      const before = (await findings('target=intranet&state=open')).length
      await change('alter table intranet.account rename to moved')

      const run = await reconcile('intranet')
      await change('alter table intranet.moved rename to account')

      assert.equal(run.state, 'failed')
      assert.ok(run.problem !== null && run.problem.message !== '', JSON.stringify(run))
      assert.equal((await findings('target=intranet&state=open')).length, before)
      assert.equal((await audited('reconciliation_failed'))?.['target'], 'intranet')
    })

    test('one of a target at a time; it waits while the target is in maintenance, and goes on when that ends', async () => {
      const maintain = (on: boolean) =>
        world.call('POST', '/api/v1/targets/intranet/maintenance', { on, reason: 'it moves house' }, admin)
      await maintain(true)
      const first: Answer<Reconciliation> = await start('intranet')
      const second = await start('intranet')
      await delay(2_500)
      const waiting = await read(first.body.id)
      await maintain(false)

      const run = await ended(first.body.id)

      assert.deepEqual([first.status, second.status, waiting.state, waiting.listed, run.state], [202, 409, 'waiting', 0, 'done'])
    })

    test('the configuration’s schedule begins them, and ends with the configuration', async () => {
      const targets = world.targets as Record<'directory' | 'intranet', object>
      const scheduled = async () =>
        (await world.query("select count(*)::int as n from passerelle.reconciliation where by = 'schedule'"))[0]?.['n'] as number
      world.configure({ targets: { ...targets, intranet: { ...targets.intranet, reconcile: { every: '1s' } } } })
      assert.equal((await world.cli('apply')).code, 0)
      for (const end = Date.now() + 20_000; (await scheduled()) < 2; await delay(100))
        assert.ok(Date.now() < end, 'it did not begin')

      world.configure({ targets })
      assert.equal((await world.cli('apply')).code, 0)
      await delay(2_500)
      const then = await scheduled()
      await delay(1_500)

      assert.equal(await scheduled(), then)
    })
  })
