/** The real Bull Board in a real Chromium, as operators use it: its links, its questions, its retries, and what it tells those whom it refuses. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Role } from '#server/api/types.ts'
import { openBrowser, visit as visitAs, type Visit } from '#tests/harness/browser.ts'
import { newcomer, openQueueStage, type QueueStage } from '#tests/harness/queue-stage.ts'

let stage: QueueStage
let browser: Browser
before(async () => {
  browser = await openBrowser()
  stage = await openQueueStage({ engine: 'redis' })
})
after(async () => {
  await browser?.close()
  await stage?.[Symbol.asyncDispose]()
})

async function visit(role: Role, language: 'en' | 'fr' = 'en'): Promise<Visit> {
  return visitAs(browser, { url: stage.world.url, headers: await stage.login(role), language })
}

/** Bull Board's buttons on a job have pictures and no names. */
const retryButton = (page: Page) => page.locator('button:has(.lucide-refresh-cw)')
const question = (page: Page) => page.locator('dialog.passerelle')

test('a failed job leads to its request, and the request to its jobs', async () => {
  const { id, jobId } = await stage.refused('links', 'Links')
  await using tab = await visit('operator')
  const { page, context } = tab

  await page.goto('/queues')
  await page.getByRole('link', { name: 'apply-intranet' }).first().click()
  await page.getByText(jobId).waitFor()
  await tab.look('failed-job')
  const opened = context.waitForEvent('page')
  await page.locator(`a[href="/requests/${id}"]`).click()
  const request = await opened
  await request.getByRole('heading', { level: 1 }).waitFor()
  assert.equal(new URL(request.url()).pathname, `/requests/${id}`)
  await request.getByRole('link', { name: 'Its jobs in the queues' }).click()
  await request.getByRole('link', { name: jobId }).click()
  await request.getByText('invalid: intranet').first().waitFor()

  assert.equal(new URL(request.url()).pathname, `/queues/queue/apply-intranet/${jobId}`)
  assert.deepEqual(tab.faults, [])
})

test('in French the dashboard, the page of a request’s jobs, the board and its question speak French', async () => {
  const { id, jobId } = await stage.refused('french', 'French')
  await using tab = await visit('operator', 'fr')
  const { page } = tab

  await page.goto(`/requests/${id}`)
  await page.getByRole('link', { name: 'Ses travaux dans les files' }).click()
  await page.getByRole('heading', { name: 'Travaux de cette demande' }).waitFor()
  await tab.look('jobs-french')
  await page.getByRole('link', { name: jobId }).click()
  await retryButton(page).click()
  await page.getByRole('button', { name: 'Confirmer' }).click()
  await page.getByRole('dialog', { name: 'Pourquoi ?' }).waitFor()
  await tab.look('question-french')

  assert.equal(await page.locator('html').getAttribute('lang'), 'fr')
  assert.deepEqual(tab.faults, [])
})

test('a retry asks why, and by which rules; the request is done again with that reason on record', async () => {
  const { id, jobId } = await stage.refused('one', 'One')
  await using tab = await visit('operator')
  const { page } = tab

  await stage.mended(async () => {
    await page.goto(`/queues/queue/apply-intranet/${jobId}`)
    await retryButton(page).click()
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByLabel('Reason').fill('le disque est réparé')
    await tab.look('question')
    const answered = page.waitForResponse((response) => response.url().endsWith('/retry'))
    await page.getByRole('button', { name: 'Go on' }).click()
    assert.equal((await answered).status(), 204)
    const request = await stage.world.settled(id)
    const { actor, detail } = (await stage.world.events(id)).find(({ action }) => action === 'retried') ?? {}

    assert.deepEqual([request.state, request.generation], ['succeeded', 2])
    assert.deepEqual([actor, detail?.['reason']], ['person:operator', 'le disque est réparé'])
  })
})

test('whoever cancels the question, or gives no reason, has changed nothing', async () => {
  const { id, jobId } = await stage.refused('cancel', 'Cancel')
  await using tab = await visit('operator')
  const { page } = tab

  await page.goto(`/queues/queue/apply-intranet/${jobId}`)
  await retryButton(page).click()
  await page.getByRole('button', { name: 'Confirm' }).click()
  await page.getByRole('button', { name: 'Go on' }).click()
  const stillAsked = await question(page).isVisible()
  await page.keyboard.press('Escape')
  await question(page).waitFor({ state: 'detached' })

  assert.equal(stillAsked, true)
  assert.equal((await stage.world.settled(id)).generation, 1)
  assert.deepEqual(tab.faults, [])
})

test('“retry all” asks once, does them all again, and says what could not be', async () => {
  const failed = [await stage.refused('all-a', 'Alla'), await stage.refused('all-b', 'Allb')]
  const overtaken = await stage.refused('all-c', 'Allc')
  await stage.world.submit(newcomer('all-c', 'Allc'))
  await using tab = await visit('operator')
  const { page } = tab

  await stage.mended(async () => {
    await page.goto('/queues/queue/apply-intranet?status=failed')
    await page.getByRole('button', { name: 'Retry all' }).click()
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByLabel('Reason').fill('the constraint is gone')
    await page.keyboard.press('Tab')
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText(/Done again: \d+\. Not done again: 1\./).waitFor()
    await tab.look('retry-all')
    const ends = await Promise.all(failed.map(({ id }) => stage.world.settled(id)))

    assert.deepEqual(
      ends.map(({ state, generation }) => `${state} ${generation}`),
      ['succeeded 2', 'succeeded 2'],
    )
    assert.equal((await stage.world.settled(overtaken.id)).generation, 1)
  })
})

test('a queue is paused with a reason, and the board shows it', async () => {
  await using tab = await visit('admin')
  const { page } = tab

  await page.goto('/queues/queue/undo-directory')
  await page.locator('button:has(.lucide-ellipsis-vertical)').last().click()
  await page.getByRole('menuitem', { name: 'Pause' }).click()
  await page.getByRole('button', { name: 'Confirm' }).click()
  await page.getByLabel('Reason').fill('maintenance of the directory')
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByText('Paused').first().waitFor()
  await tab.look('paused')
  const [record] = await stage.world.query(`select actor, detail from passerelle.audit where action = 'queue_paused'`)
  await stage.queues.queue('undo-directory').resume()

  assert.deepEqual(record, {
    actor: 'person:admin',
    detail: { queue: 'undo-directory', reason: 'maintenance of the directory' },
  })
})

test('what is refused is explained in the board, without a question', async () => {
  const { jobId } = await stage.refused('refusal', 'Refusal')
  await using tab = await visit('operator')
  const { page } = tab

  await page.goto('/queues/queue/apply-intranet?status=failed')
  await page.locator('button:has(.lucide-ellipsis-vertical)').last().click()
  await page.getByRole('menuitem', { name: 'Empty' }).click()
  await page.getByRole('button', { name: 'Confirm' }).click()
  await page.getByText('A queue is not emptied').waitFor()
  await tab.look('refused')

  assert.equal(await question(page).count(), 0)
  assert.notEqual(await stage.queues.queue('apply-intranet').getJob(jobId), undefined)
})

test('a reader is not let in, neither by a link nor by the address', async () => {
  const { id } = await stage.refused('reader', 'Reader')
  await using tab = await visit('reader')
  const { page } = tab

  const board = await page.goto('/queues')
  await page.goto(`/requests/${id}`)
  await page.getByRole('heading', { level: 1 }).waitFor()

  assert.equal(board?.status(), 403)
  assert.equal(await page.locator('a[href^="/queues"]').count(), 0)
})
