/** Accounts that wait to be deleted, and what people and sources were told: found, looked at, changed with a reason. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { opened, openStage, type Stage } from './browser.ts'
import { knownLeavers } from './fixture-leavers.ts'

let stage: Stage
before(async () => (stage = await openStage()))
after(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.mounted.api.leavers.reset())

test('from the requests one comes to the departures, and the address holds the filters', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  await opened(page, '/requests')
  await page.getByRole('link', { name: 'Départs' }).click()
  await page.getByRole('heading', { name: 'Départs' }).waitFor()
  const all = await page.locator('tbody tr').count()
  await page.getByLabel('Cible').selectOption('badges')
  await page.getByRole('button', { name: 'Filtrer' }).click()
  await page.waitForURL(/\/departures\?target=badges$/)
  const badges = await page.locator('tbody tr').allInnerTexts()
  await page.getByRole('link', { name: 'En attente' }).click()
  await page.waitForURL(/target=badges&state=waiting|state=waiting&target=badges/)
  await page.getByText('Aucun départ ne correspond').waitFor()

  assert.equal(all, 5)
  assert.equal(badges.length, 1)
  assert.match(badges[0] ?? '', /Noël Lefèvre[^]*Suppression demandée[^]*dans 27/)
  assert.deepEqual(visit.faults, [])
})

test('those that are deleted until a day are found by the reader’s own clock', async () => {
  await using visit = await stage.visit({ javaScriptEnabled: false })
  const { page } = visit
  await page.goto('/departures')

  await page.getByLabel('Suppression jusqu’au').fill(new Date().toISOString().slice(0, 10))
  await page.getByRole('button', { name: 'Filtrer' }).click()
  const found = await page.locator('tbody tr').allInnerTexts()

  assert.equal(found.length, 1)
  assert.match(found[0] ?? '', /Jean d’Arc[^]*n’a pas pu être demandée/)
})

for (const javaScriptEnabled of [true, false])
  test(`a deletion is put off, with its reason, to a later moment only, ${javaScriptEnabled ? 'in place' : 'without JavaScript'}`, async () => {
    await using visit = await stage.visit({ javaScriptEnabled })
    const { page } = visit
    if (javaScriptEnabled) await opened(page, `/departures/${knownLeavers.waiting}`)
    else await page.goto(`/departures/${knownLeavers.waiting}`)
    const postpone = async (until: string) => {
      await page.locator('#until').fill(until)
      await page.locator('#postpone-reason').fill('une enquête est en cours')
      await page.getByRole('button', { name: 'Reporter la suppression' }).click()
    }

    await postpone('2020-01-31T08:00')
    await page.getByText('Indiquez un moment postérieur').waitFor()
    const kept = await page.locator('#postpone-reason').inputValue()
    await postpone('2099-01-31T08:00')
    await page.getByText('La suppression est reportée.').waitFor()

    assert.equal(kept, 'une enquête est en cours')
    await page.getByText('31 janvier 2099').waitFor()
    await page.getByText('Par admin : une enquête est en cours').waitFor()
  })

test('an account is kept, and one that the rules keep says so; who may only look is told so', async () => {
  await using visit = await stage.visit({ as: 'operatrice' })
  const { page } = visit
  await opened(page, `/departures/${knownLeavers.waiting}`)
  await page.locator('#keep-reason').fill('trop tard ?')
  await page.getByRole('button', { name: 'Conserver le compte' }).click()
  await page.getByText('Rien n’a été fait').waitFor()
  await page.locator('#keep-reason').fill('la boîte aux lettres sert encore')
  await page.getByRole('button', { name: 'Conserver le compte' }).click()
  await page.getByText('Le compte est conservé.').waitFor()
  await opened(page, `/departures/${knownLeavers.kept}`)
  await page.getByText('Les règles en vigueur ne suppriment plus personne').waitFor()
  await using other = await stage.visit({ as: 'lectrice' })
  await opened(other.page, `/departures/${knownLeavers.waiting}`)

  await other.page.getByText('Votre rôle permet de voir les départs').waitFor()
  assert.equal(await other.page.getByRole('button', { name: 'Conserver le compte' }).count(), 0)
})

test('messages are found by what became of them, page by page, and what was given up is sent again', async () => {
  await using visit = await stage.visit({ as: 'operatrice' })
  const { page } = visit
  await opened(page, '/notifications')
  const first = await page.locator('tbody tr').count()
  await page.getByRole('link', { name: 'Afficher la suite' }).click()
  await page.waitForURL(/cursor=50/)
  await page.getByRole('link', { name: 'Abandonné' }).click()
  await page.waitForURL(/notifications\?state=dead$/)
  const dead = await page.locator('tbody tr').allInnerTexts()
  await page.getByRole('link', { name: 'Réessayer' }).click()
  await page.getByRole('heading', { name: 'Envoyer à nouveau ce message à approbatrice ?' }).waitFor()
  await page.getByLabel('Raison').fill('le serveur est revenu')
  await page.getByRole('button', { name: 'Envoyer à nouveau' }).click()
  await page.getByText('Le message est envoyé à nouveau.').waitFor()

  assert.equal(first, 50)
  assert.match(dead.join(), /Approbation demandée[^]*12 essais[^]*Le destinataire n’a pas pu être joint/)
  assert.deepEqual(visit.faults, [])
})

test('without JavaScript a message is sent again too, and one that is under way is told', async () => {
  await using visit = await stage.visit({ javaScriptEnabled: false })
  const { page } = visit
  await page.goto('/notifications?state=dead')
  await page.getByRole('link', { name: 'Réessayer' }).click()
  await page.getByLabel('Raison').fill('trop tard')
  await page.getByRole('button', { name: 'Envoyer à nouveau' }).click()
  await page.getByText('Rien n’a été fait').waitFor()
  await page.getByLabel('Raison').fill('le serveur est revenu')
  await page.getByRole('button', { name: 'Envoyer à nouveau' }).click()

  await page.getByText('Le message est envoyé à nouveau.').waitFor()
})

test('who may not see messages is shown no way to them, and told so at their address', async () => {
  await using visit = await stage.visit({ as: 'lectrice' })
  const { page } = visit
  await opened(page, '/requests')
  const links = await page.getByRole('link', { name: 'Messages' }).count()
  const response = await page.goto('/notifications')

  assert.equal(links, 0)
  assert.equal(response?.status(), 403)
  await page.getByRole('heading', { name: 'Vous n’avez pas accès à cette page' }).waitFor()
})
