/**
 * `npm run demo`: the product in one minute, in a terminal. A gateway of its own is started over a temporary folder; a person
 * arrives, moves, and another arrives whom one target refuses. What is shown is read back from the targets' tables, and the
 * exit code is 0 only if it is what should have happened.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { stopWithParent } from '../bootstrap.mjs'
import { freePort } from '../standalone/embedded-postgres.ts'
import { openStandalone, type Standalone } from '../standalone/open.ts'
import { openStage, type Stage } from './stage.ts'

stopWithParent()
const folder = mkdtempSync(join(tmpdir(), 'passerelle-demo-'))
mkdirSync(join(folder, 'log'))
const { DATABASE_URL: _database, REDIS_URL: _redis, PASSERELLE_CONFIG: _configuration, ...inherited } = process.env

const interrupted = Promise.withResolvers<never>()
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(event, () => interrupted.reject(new Error('\nInterrupted; everything is stopped.')))

let exitCode = 1
try {
  console.log('Starting a gateway with two targets: a directory and an intranet, two SQL tables…')
  await using standalone = await openStandalone({
    folder,
    logFolder: join(folder, 'log'),
    variables: { ...inherited, HOST: '127.0.0.1', PORT: String(await freePort(0)) },
  })
  exitCode = (await Promise.race([play(standalone), interrupted.promise])) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : 'the demonstration failed')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(exitCode)

async function play(standalone: Standalone): Promise<boolean> {
  const sql = postgres(standalone.databaseUrl, { max: 2, onnotice: () => {} })
  const stage = openStage({ sql, url: standalone.url, apiKey: standalone.demoApiKey })
  try {
    const kept = [await arrival(stage), await move(stage), await refusal(stage)]
    const all = kept.every(Boolean)
    console.log(all ? '\nAll three ended as they should.\n' : '\nNOT what should have happened: see above.\n')
    return all
  } finally {
    await sql.end()
  }
}

async function arrival(stage: Stage): Promise<boolean> {
  stage.title('1. Zoé Müller arrives')
  await stage.rows('before')
  const state = await stage.send({
    kind: 'create',
    externalId: 'E-1001',
    attributes: {
      givenName: 'Zoé',
      familyName: 'Müller',
      organizationalUnit: 'Finance',
      title: 'Comptable',
      employeeType: 'internal',
    },
  })
  const rows = await stage.rows('after')
  return stage.check(
    'both targets have her account, under the same login',
    state === 'succeeded' && rows.directory[0]?.login === 'zmuller' && rows.intranet[0]?.username === 'zmuller',
  )
}

async function move(stage: Stage): Promise<boolean> {
  stage.title('2. She moves to human resources')
  const state = await stage.send({
    kind: 'update',
    externalId: 'E-1001',
    attributes: { organizationalUnit: 'Ressources humaines', title: 'Responsable paie' },
  })
  const rows = await stage.rows('after')
  const moved = rows.directory[0]?.department === 'Ressources humaines' && rows.intranet[0]?.service === 'Ressources humaines'
  return stage.check(
    'department and groups followed in both; nothing else changed',
    state === 'succeeded' && moved && String(rows.directory[0]?.groups).includes('ressources-humaines'),
  )
}

async function refusal(stage: Stage): Promise<boolean> {
  stage.title('3. Neil Armstrong arrives, and the intranet refuses his department')
  const before = await stage.rows('before')
  const state = await stage.send({
    kind: 'create',
    externalId: 'E-1002',
    attributes: {
      givenName: 'Neil',
      familyName: 'Armstrong',
      organizationalUnit: 'Lune',
      title: 'Pilote',
      employeeType: 'internal',
    },
  })
  const after = await stage.rows('after')
  return stage.check(
    'what the directory had been given was taken back: both tables are as before',
    state === 'rolled_back' && JSON.stringify(after) === JSON.stringify(before),
  )
}
