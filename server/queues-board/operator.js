/**
 * Runs in Bull Board's page, before its own scripts. Bull Board cannot ask why; so every call that changes something waits here until the
 * person has said it, and takes the answer along in headers. Whoever cancels has changed nothing. Plain JavaScript: browsers run it as it is.
 */
;(() => {
  const words = {
    en: {
      title: 'Why?',
      text: 'What you do here is kept in the audit trail, with your name and this reason.',
      reason: 'Reason (at least 3 characters)',
      rules: 'The retry uses',
      kept: 'the plan that was accepted',
      refreshed: 'a new plan, by the rules in force now',
      cancel: 'Cancel',
      go: 'Go on',
    },
    fr: {
      title: 'Pourquoi ?',
      text: 'Ce que vous faites ici est gardé dans le journal d’audit, avec votre nom et cette raison.',
      reason: 'Raison (au moins 3 caractères)',
      rules: 'La relance utilise',
      kept: 'le plan accepté',
      refreshed: 'un nouveau plan, selon les règles en vigueur maintenant',
      cancel: 'Annuler',
      go: 'Continuer',
    },
  }[document.documentElement.lang === 'fr' ? 'fr' : 'en']

  const style = `
    dialog.passerelle { margin: auto; width: min(30rem, calc(100vw - 2rem)); padding: 1.25rem; border: 1px solid #8b96a5; border-radius: 0.5rem;
      background: #fff; color: #1b2330; font: 0.9375rem/1.5 system-ui, sans-serif; pointer-events: auto; }
    dialog.passerelle::backdrop { background: rgb(10 12 18 / 0.5); }
    .passerelle h2 { margin: 0 0 0.5rem; font-size: 1.125rem; font-weight: 600; }
    .passerelle p { margin: 0 0 0.75rem; }
    .passerelle label { display: block; margin: 0.25rem 0; }
    .passerelle textarea { box-sizing: border-box; width: 100%; padding: 0.5rem; border: 1px solid #667085; border-radius: 0.25rem;
      background: #fff; color: inherit; font: inherit; resize: vertical; }
    .passerelle fieldset { margin: 0.75rem 0 0; padding: 0; border: 0; }
    .passerelle .buttons { display: flex; justify-content: flex-end; gap: 0.5rem; margin-top: 1rem; }
    .passerelle button { min-height: 2.25rem; padding: 0 1rem; border: 1px solid #667085; border-radius: 0.25rem; background: #fff; color: inherit;
      font: inherit; cursor: pointer; }
    .passerelle button.go { border-color: #1d4ed8; background: #1d4ed8; color: #fff; }
    .passerelle :focus-visible { outline: 2px solid #1d4ed8; outline-offset: 2px; }
    @media (prefers-color-scheme: dark) {
      dialog.passerelle, .passerelle textarea, .passerelle button { background: #1b2330; color: #f2f4f7; }
      .passerelle button.go { background: #1d4ed8; }
    }`

  const html = `
    <form method="dialog">
      <h2 id="passerelle-title"></h2><p data-word="text"></p>
      <label for="passerelle-reason" data-word="reason"></label>
      <textarea id="passerelle-reason" rows="3" minlength="3" maxlength="500" required></textarea>
      <fieldset><legend data-word="rules"></legend>
        <label><input type="radio" name="rules" value="kept" checked> <span data-word="kept"></span></label>
        <label><input type="radio" name="rules" value="refreshed"> <span data-word="refreshed"></span></label>
      </fieldset>
      <div class="buttons"><button type="button" data-word="cancel"></button><button class="go" data-word="go"></button></div>
    </form>`

  /** Asks in a dialog; null when the person thinks better of it. */
  function ask(isRetry) {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(style)
    document.adoptedStyleSheets = [sheet]
    const dialog = document.createElement('dialog')
    dialog.className = 'passerelle'
    dialog.setAttribute('aria-labelledby', 'passerelle-title')
    dialog.innerHTML = html
    dialog.querySelector('h2').textContent = words.title
    for (const element of dialog.querySelectorAll('[data-word]')) element.textContent = words[element.dataset.word]
    dialog.querySelector('fieldset').hidden = !isRetry
    const reason = dialog.querySelector('textarea')
    // Bull Board's own dialog may still be closing: it neither takes the focus back nor hears these keys.
    for (const type of ['keydown', 'keyup', 'focusin', 'focusout', 'pointerdown', 'mousedown'])
      dialog.addEventListener(type, (event) => event.stopPropagation())
    return new Promise((resolve) => {
      let answer = null
      dialog.querySelector('form').addEventListener('submit', () => {
        const text = reason.value.trim()
        if (text.length >= 3) answer = { reason: text, rules: dialog.querySelector('input:checked').value }
      })
      dialog.querySelector('button[type=button]').addEventListener('click', () => dialog.close())
      dialog.addEventListener('close', () => {
        dialog.remove()
        resolve(answer)
      })
      document.body.append(dialog)
      dialog.showModal()
      reason.focus()
    })
  }

  /** One click may make several calls (all queues of a group, say): they share one question. */
  const shared = new Map()
  function askOnce(verb) {
    const known = shared.get(verb)
    if (known !== undefined) return known
    const asking = ask(verb === 'retry')
    shared.set(verb, asking)
    void asking.then((answer) => setTimeout(() => shared.delete(verb), answer === null ? 0 : 2_000))
    return asking
  }

  const { open, send } = XMLHttpRequest.prototype
  const calls = new WeakMap()
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    calls.set(this, { method: String(method).toUpperCase(), path: new URL(url, document.baseURI).pathname })
    return open.call(this, method, url, ...rest)
  }
  XMLHttpRequest.prototype.send = function (body) {
    const { method, path } = calls.get(this)
    // What is refused whatever the reason needs no question.
    const verb = /\/(pause|resume|retry|promote|clean|release)(\/[^/]+)?$/.exec(path)?.[1]
    if (method === 'GET' || verb === undefined) return send.call(this, body)
    void askOnce(verb).then((answer) => {
      if (answer === null) {
        // An answer that holds an error makes Bull Board say neither that it worked nor that it did not.
        open.call(this, 'GET', new URL('cancelled.json', document.baseURI))
        return send.call(this)
      }
      this.setRequestHeader('Passerelle-Reason', encodeURIComponent(answer.reason))
      this.setRequestHeader('Passerelle-Rules', answer.rules)
      send.call(this, body)
    })
  }
})()
