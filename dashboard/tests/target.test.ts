/** A target's own page: its test names the step that fails, its settings become configuration, and what it knows of an account is found. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { knownPhrases } from '../../server/api/phrase-codes.ts'
import { opened, openStage, type Stage } from './browser.ts'

let stage: Stage
before(async () => (stage = await openStage()))
after(() => stage[Symbol.asyncDispose]())

for (const javaScriptEnabled of [true, false])
  test(`a test says which step fails, and which come after it, ${javaScriptEnabled ? 'in place' : 'without JavaScript'}`, async () => {
    await using visit = await stage.visit({ javaScriptEnabled })
    const { page } = visit
    if (javaScriptEnabled) await opened(page, '/targets/erp-paris')
    else await page.goto('/targets/erp-paris')

    await page.getByRole('button', { name: 'Tester la connexion' }).click()
    await page.getByText('La connexion échoue à l’étape « Chiffrement (TLS) ».').waitFor()

    const rows = await page.locator('tr[data-check]').allInnerTexts()
    assert.deepEqual(
      rows.map((row) => /réussie|échouée|non tentée/.exec(row)?.[0]),
      ['réussie', 'réussie', 'échouée', 'non tentée', 'non tentée', 'non tentée'],
    )
    assert.match(rows[2] ?? '', /41.ms/)
    assert.match(rows[2] ?? '', /La configuration de la cible est fausse\. Donnez à la cible l’autorité de certification/)
  })

for (const javaScriptEnabled of [true, false])
  test(`settings become the entry of the configuration, ${javaScriptEnabled ? 'in place' : 'without JavaScript'}`, async () => {
    await using visit = await stage.visit({ javaScriptEnabled })
    const { page } = visit
    if (javaScriptEnabled) await opened(page, '/targets/annuaire')
    else await page.goto('/targets/annuaire')

    const secret = page.locator('input[name="bindPassword"]')
    const proposed = await secret.inputValue()
    await page.locator('input[name="poolSize"]').fill('12')
    await page.getByLabel('URL').fill('ldaps://nouveau.example.org')
    await page.getByRole('button', { name: 'Vérifier et écrire la configuration' }).click()
    await page.getByText('Ces paramètres sont corrects.').waitFor()

    assert.equal(proposed, 'ANNUAIRE_BIND_PASSWORD')
    assert.equal(
      await page.locator('pre').innerText(),
      `targets:
  annuaire:
    connector: ldap
    config:
      url: ldaps://nouveau.example.org
      bindDn: cn=passerelle,dc=example,dc=org
      bindPassword: \${ANNUAIRE_BIND_PASSWORD}
      peopleBase: ou=people,dc=example,dc=org
      groupBase: ou=groups,dc=example,dc=org
      disable:
        by: move
        disabledBase: ou=former,dc=example,dc=org
      poolSize: 12
`,
    )
  })

/** What a page shows, without what is folded away as technical and marked as English. */
async function englishOn(page: Page): Promise<readonly string[]> {
  const shown = await page.locator('main').innerText()
  const marked = await page.locator('main [lang="en"]').filter({ visible: true }).allInnerTexts()
  return [...marked, ...knownPhrases.filter(({ en, fr }) => en !== fr && shown.includes(en)).map(({ code }) => code)]
}

for (const [name, button, done] of [
  ['erp-paris', 'Tester la connexion', 'échoue à l’étape'],
  ['annuaire', 'Tester la connexion', 'est joignable'],
] as const)
  test(`what a test of ${name} found is told in French`, async () => {
    await using visit = await stage.visit()
    const { page } = visit
    await opened(page, `/targets/${name}`)

    await page.getByRole('button', { name: button }).click()
    await page.getByText(done).waitFor()

    assert.deepEqual(await englishOn(page), [])
    assert.deepEqual(visit.faults, [])
  })

test('what is wrong with settings is told in French, whatever it is', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  await opened(page, '/targets/annuaire')

  for (const [name, value] of Object.entries({
    url: 'ldap://annuaire',
    bindDn: '',
    peopleBase: 'people',
    poolSize: '0',
    readOnly: 'a b',
  }))
    await page.locator(`[name="${name}"]`).fill(value)
  await page.getByRole('button', { name: 'Vérifier et écrire la configuration' }).click()
  const told = await page.getByRole('alert').innerText()

  assert.match(told, /ldap:\/\/ en clair est réservé à cette machine/)
  assert.match(told, /Ce n’est pas un nom distinctif/)
  assert.match(told, /Il est obligatoire/)
  assert.match(told, /C’est au moins 1/)
  assert.match(told, /Un nom d’attribut ne contient que des lettres/)
  assert.deepEqual(await englishOn(page), [])
})

test('what was written for one mode is still there when another was checked meanwhile', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  await opened(page, '/targets/badges')
  const check = async (mode: string) => {
    await page.locator('select[name="mode"]').selectOption(mode)
    await page.getByRole('button', { name: 'Vérifier et écrire la configuration' }).click()
    await page.locator('pre', { hasText: mode === 'accounts' ? 'mode: accounts' : 'table:' }).waitFor()
  }

  await page.locator('input[name="key"]').fill('badge_id')
  await check('accounts')
  await page.locator('select[name="mode"]').selectOption('tables')
  const values = [await page.locator('input[name="table"]').inputValue(), await page.locator('input[name="key"]').inputValue()]
  await check('tables')

  assert.deepEqual(values, ['badge', 'badge_id'])
  assert.match(await page.locator('pre').innerText(), /table: badge\n +key: badge_id/)
})

test('a target says what it can take back, what may reach it twice, what comes of a change when others were there, and what it has nothing of', async () => {
  await using visit = await stage.visit({ javaScriptEnabled: false })
  const { page } = visit
  const rowsOf = async (name: string) => {
    await page.goto(`/targets/${name}`)
    return page.locator('tr[data-change]').allInnerTexts()
  }

  const [directory, badges] = [await rowsOf('annuaire'), await rowsOf('badges')]

  assert.match(directory.at(-1) ?? '', /Supprimer\s+avec des pertes\s+Il compte une fois\.\s+Le système le refuse/)
  assert.match(badges.find((row) => row.startsWith('Mot de passe')) ?? '', /Cette cible n’a rien de tel/)
})

test('a target that was asked says what holds there, and when the gateway is no longer let in; of any other it is said that nobody asked', async () => {
  await using visit = await stage.visit({ javaScriptEnabled: false })
  const { page } = visit
  const saidBy = async (name: string) => {
    await page.goto(`/targets/${name}`)
    return page.locator('section', { hasText: 'Ce qu’elle sait faire' }).innerText()
  }

  const [directory, badges] = [await saidBy('annuaire'), await saidBy('badges')]

  assert.match(directory, /Ce qui vaut sur ce système-ci, OpenLDAP 2\.6, interrogé il y a 3.h/)
  assert.match(directory, /aucun mot de passe n’est visible du compte de service/)
  assert.match(directory, /Mot de passe\s+par un mot de passe que personne ne connaît/)
  assert.match(directory, /expire le \d+ \p{L}+ \d{4}, dans 9.j\. Renouvelez-le dans la cible/u)
  assert.match(badges, /Tel que déclaré pour ce type de système/)
  assert.deepEqual(await englishOn(page), [])
})

test('a setting that is not right is named, and what was written is kept', async () => {
  await using visit = await stage.visit({ javaScriptEnabled: false })
  const { page } = visit
  await page.goto('/targets/annuaire')

  await page.getByLabel('URL').fill('http://annuaire')
  await page.locator('input[name="poolSize"]').fill('beaucoup')
  await page.getByRole('button', { name: 'Vérifier et écrire la configuration' }).click()
  const told = await page.getByRole('alert').innerText()

  assert.match(told, /2 paramètres ne sont pas corrects[^]*URL[^]*Connexions/)
  assert.equal(await page.getByLabel('URL').inputValue(), 'http://annuaire')
  assert.equal(await page.locator('input[name="poolSize"]').getAttribute('aria-invalid'), 'true')
})

test('the settings of another mode come forth when it is chosen, and only those of the chosen one become configuration', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  await opened(page, '/targets/badges')
  const shown = async () => [
    await page.locator('input[name="table"]').isVisible(),
    await page.getByText('Comptes de base de données').isVisible(),
  ]

  const tables = await shown()
  await page.locator('select[name="mode"]').selectOption('accounts')
  const accounts = await shown()
  await page.getByRole('button', { name: 'Vérifier et écrire la configuration' }).click()
  await page.getByText('Ces paramètres sont corrects.').waitFor()
  const yaml = await page.locator('pre').innerText()

  assert.deepEqual(
    [tables, accounts, await shown()],
    [
      [true, false],
      [false, true],
      [false, true],
    ],
  )
  assert.match(yaml, /mode: accounts/)
  assert.doesNotMatch(yaml, /table|key|active/)
  assert.equal(await page.getByText('Ne compte que pour').filter({ visible: true }).count(), 0)
})

test('without JavaScript the settings of all modes are there, each with the mode it counts for', async () => {
  await using visit = await stage.visit({ javaScriptEnabled: false })
  const { page } = visit
  await page.goto('/targets/badges')

  await page.getByText('Ne compte que pour « Mode » : accounts.').waitFor()
  assert.doesNotMatch(await page.locator('fieldset', { hasText: 'Comptes de base de données' }).innerText(), /accounts/)
  await page.locator('select[name="mode"]').selectOption('accounts')
  await page.locator('input[name="accounts/host"]').fill('10.0.0.%')
  await page.getByRole('button', { name: 'Vérifier et écrire la configuration' }).click()
  const yaml = await page.locator('pre').innerText()

  assert.match(yaml, /mode: accounts[^]*accounts:\n +host: 10.0.0.%/)
  assert.doesNotMatch(yaml, /table|key|active/)
})

test('attributes are found by a part of their name, and a target that does not answer is told', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  await opened(page, '/targets/annuaire/attributes')
  const all = await page.locator('tbody tr').count()
  await page.getByRole('searchbox').fill('EMPLOYEE')
  const found = await page.locator('tbody tr').allInnerTexts()
  await opened(page, '/targets/badges/attributes')

  assert.equal(all, 5)
  assert.equal(found.length, 1)
  assert.match(found[0] ?? '', /employeeType[^]*texte[^]*internal, external/)
  assert.match(await page.getByRole('alert').innerText(), /n’a pas dit quels attributs/)
})

test('who may not operate targets sees neither settings nor the test', async () => {
  await using visit = await stage.visit({ as: 'lectrice' })
  await opened(visit.page, '/targets/annuaire')

  assert.equal(await visit.page.getByRole('button', { name: 'Tester la connexion' }).count(), 0)
  await visit.page.getByText('réservés aux opérateurs').waitFor()
})
