import { setTimeout as delay } from 'node:timers/promises'
import { openWorld } from '#tests/harness/world.ts'
import { openPostgres } from '#tests/harness/postgres.ts'
import { shippedRules } from '#tests/harness/sql-targets.ts'
import { journaledTargets, openStream, outcomeOf } from '#tests/harness/stream.ts'
import { writeFileSync } from 'node:fs'
const engine = (process.argv[2] ?? 'redis') as 'redis'
const times = Number(process.argv[3] ?? 3)
await using other = await openPostgres()
await using world = await openWorld({ engine, targets: () => journaledTargets(other), ruleSet: shippedRules(), workers: 2 })
const second = await world.startServer()
for (const [n, p] of [
  ['server', world.server],
  ['second', second],
  ['w0', world.workers[0]],
  ['w1', world.workers[1]],
] as const)
  p!.child.on('exit', (c, s) => {
    console.log('EXIT', n, c, s)
    if (c) console.log(p!.log().slice(-3000))
  })
const stream = openStream({ apiKey: world.apiKey, urls: [world.url, second.url], perSecond: 30, prefix: 'pg' })
await delay(1000)
for (let i = 0; i < times; i++) {
  await world.postgres.stop('immediate')
  await delay(300)
  const r = await fetch(world.url + '/readyz')
  console.log('readyz', r.status)
  await delay(1200)
  await world.postgres.start()
  const back = Date.now()
  const before = (await world.query('select max(seq) as s from passerelle.audit'))[0]!.s
  for (;;) {
    const [x] = await world.query('select max(seq) as s from passerelle.audit')
    if (Number(x!.s) > Number(before)) break
    if (Date.now() - back > 30000) {
      console.log('never')
      break
    }
    await delay(10)
  }
  const audit = Date.now() - back
  const [c] = await world.query('select count(*)::int as c from passerelle.step where state = $1', ['applied'])
  for (;;) {
    const [x] = await world.query('select count(*)::int as c from passerelle.step where state = $1', ['applied'])
    if (Number(x!.c) > Number(c!.c)) break
    if (Date.now() - back > 30000) {
      console.log('never')
      break
    }
    await delay(10)
  }
  console.log('write after', audit, 'applied after', Date.now() - back)
  await delay(1000)
}
await stream.stop()
console.log(await outcomeOf(stream, world, other))
const st: Record<string, number> = {}
for (const s of stream.sent) {
  const k = s.statuses.join(',')
  st[k] = (st[k] ?? 0) + 1
}
console.log(st)
console.log(await world.cli('audit', 'verify'))
for (const [n, p] of [
  ['server', world.server],
  ['second', second],
  ['w0', world.workers[0]],
  ['w1', world.workers[1]],
] as const)
  writeFileSync(`/tmp/log-${n}.txt`, p!.log())
