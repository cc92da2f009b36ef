/** Differences between rule sets as sentences, in French and in English. */

export interface Sentence {
  readonly fr: string
  readonly en: string
}

export interface Told {
  readonly kind: 'added' | 'removed' | 'changed'
  readonly path: readonly string[]
  readonly before: string | null
  readonly after: string | null
}

/** What an entry is called, in a form that can begin a sentence: the subject, and whether French says it in the feminine. */
interface Subject {
  readonly fr: string
  readonly en: string
  readonly isFeminine?: boolean
}

export function wordsFor(told: Told): Sentence {
  return specialWords(told) ?? plainWords(told, subjectOf(told.path))
}

function plainWords({ kind, before, after }: Told, { fr, en, isFeminine = false }: Subject): Sentence {
  const e = isFeminine ? 'e' : ''
  switch (kind) {
    case 'added':
      return { fr: `${fr} est ajouté${e} : ${after}`, en: `${en} is added: ${after}` }
    case 'removed':
      return { fr: `${fr} est supprimé${e} (c’était ${before})`, en: `${en} is removed (it was ${before})` }
    case 'changed':
      return { fr: `${fr} change : ${before} devient ${after}`, en: `${en} changes: ${before} becomes ${after}` }
  }
}

/** Where "added" and "removed" would say less than is known. */
function specialWords({ kind, path, after, before }: Told): Sentence | null {
  const [part, name = '', entry] = path
  if (part === 'targets' && path.length === 2)
    return kind === 'added'
      ? { fr: `La cible ${name} est ajoutée`, en: `The target ${name} is added` }
      : {
          fr: `La cible ${name} est retirée : plus aucun compte n’y est géré`,
          en: `The target ${name} is removed: no account in it is managed any more`,
        }
  if (part === 'approvals' && path.length === 2)
    return kind === 'added'
      ? { fr: `L’approbation « ${name} » est ajoutée`, en: `The approval “${name}” is added` }
      : { fr: `L’approbation « ${name} » n’est plus demandée`, en: `The approval “${name}” is not asked for any more` }
  if (part === 'safety' && path.length === 2)
    return kind === 'added'
      ? { fr: `Le seuil de sécurité « ${name} » est ajouté`, en: `The safety threshold “${name}” is added` }
      : {
          fr: `Le seuil de sécurité « ${name} » ne retient plus rien`,
          en: `The safety threshold “${name}” holds nothing any more`,
        }
  if (part !== 'targets' || path.length !== 3) return null
  if (entry === 'lifecycle')
    return kind === 'added'
      ? {
          fr: `${name} : ce que devient le compte de qui part est réglé`,
          en: `${name}: what becomes of a leaver’s account is ruled`,
        }
      : { fr: `${name} : le compte de qui part est seulement désactivé`, en: `${name}: a leaver’s account is disabled only` }
  if (entry === 'when' && kind === 'added')
    return { fr: `${name} : un compte seulement si ${after}`, en: `${name}: an account only if ${after}` }
  if (entry === 'when' && kind === 'removed')
    return {
      fr: `${name} : tout le monde a un compte (avant : si ${before})`,
      en: `${name}: everybody has an account (before: if ${before})`,
    }
  if (entry === 'onFailure' && kind === 'added')
    return { fr: `${name} : ${policies(after).fr} en cas d’échec`, en: `${name}: on a failure, ${policies(after).en}` }
  return null
}

function policies(policy: string | null): Sentence {
  switch (policy) {
    case 'required':
      return { fr: 'tout est annulé', en: 'everything is put back' }
    case 'best-effort':
      return { fr: 'le reste continue', en: 'the rest goes on' }
    case 'hold':
      return { fr: 'on attend une personne', en: 'a person is waited for' }
    default:
      return { fr: `${policy}`, en: `${policy}` }
  }
}

function subjectOf(path: readonly string[]): Subject {
  const [part, name = '', ...rest] = path
  switch (part) {
    case 'identity':
      return { fr: `L’attribut calculé ${name}`, en: `The computed attribute ${name}` }
    case 'targets':
      return targetSubject(name, rest)
    case 'approvals':
      return approvalSubject(`Approbation « ${name} »`, `Approval “${name}”`, rest)
    case 'safety':
      return safetySubject(`Seuil de sécurité « ${name} »`, `Safety threshold “${name}”`, rest[0])
    case 'subject':
      return { fr: 'La personne concernée par une demande', en: 'Whom a request is about', isFeminine: true }
    case 'description':
      return { fr: 'La description', en: 'The description', isFeminine: true }
    case 'name':
      return { fr: 'Le nom du jeu de règles', en: 'The name of the rule set' }
    default:
      return { fr: path.join('.'), en: path.join('.') }
  }
}

function targetSubject(target: string, rest: readonly string[]): Subject {
  const [entry = '', name = '', detail] = rest
  switch (entry) {
    case 'when':
      return { fr: `${target} : la condition`, en: `${target}: the condition`, isFeminine: true }
    case 'memberships':
      return { fr: `${target} : la liste des groupes`, en: `${target}: the list of groups`, isFeminine: true }
    case 'onFailure':
      return { fr: `${target} : la conduite en cas d’échec`, en: `${target}: what a failure means`, isFeminine: true }
    case 'correlate':
      return { fr: `${target} : le critère de rapprochement ${name}`, en: `${target}: the matching attribute ${name}` }
    case 'existing':
      return {
        fr: `${target} : un compte trouvé par son seul nom inventé`,
        en: `${target}: an account found by a made-up name alone`,
      }
    case 'lifecycle':
      return lifecycleSubject(target, rest.slice(1))
    case 'attributes':
      return attributeSubject(`${target} : l’attribut ${name}`, `${target}: the attribute ${name}`, detail)
    default:
      return { fr: `${target} : ${rest.join('.')}`, en: `${target}: ${rest.join('.')}` }
  }
}

function attributeSubject(fr: string, en: string, detail: string | undefined): Subject {
  switch (detail) {
    case undefined:
      return { fr, en }
    case 'value':
      return { fr: `${fr}, son expression`, en: `${en}, its expression`, isFeminine: true }
    case 'strength':
      return { fr: `${fr}, sa force`, en: `${en}, its strength`, isFeminine: true }
    case 'onNull':
      return { fr: `${fr}, sans valeur`, en: `${en}, without a value` }
    case 'multivalued':
      return { fr: `${fr}, s’il a plusieurs valeurs`, en: `${en}, with several values` }
    case 'secret':
      return { fr: `${fr}, son caractère secret`, en: `${en}, its being a secret` }
    default:
      return { fr: `${fr}, ${detail}`, en: `${en}, ${detail}` }
  }
}

function approvalSubject(fr: string, en: string, [entry = '', ...rest]: readonly string[]): Subject {
  if (/^\d+$/.test(entry)) {
    const [stageFr, stageEn] = [`${fr}, étape ${entry}`, `${en}, stage ${entry}`]
    return rest.length === 0 ? { fr: stageFr, en: stageEn, isFeminine: true } : approvalSubject(stageFr, stageEn, rest)
  }
  switch (entry) {
    case 'people':
      return { fr: `${fr}, les personnes nommées`, en: `${en}, the people named` }
    case 'remindSeconds':
      return { fr: `${fr}, le rappel (en secondes avant la fin)`, en: `${en}, the reminder (in seconds before the end)` }
    case 'escalation':
      return { fr: `${fr}, l’escalade`, en: `${en}, the escalation`, isFeminine: true }
    case 'fourEyes':
      return { fr: `${fr}, qui ne peut pas approuver`, en: `${en}, who must not approve` }
    case 'onDrift':
      return { fr: `${fr}, si un compte a changé entre-temps`, en: `${en}, when an account changed meanwhile` }
    case 'when':
      return { fr: `${fr}, sa condition`, en: `${en}, its condition`, isFeminine: true }
    case 'role':
      return { fr: `${fr}, qui approuve`, en: `${en}, who approves` }
    case 'quorum':
      return { fr: `${fr}, le nombre de personnes`, en: `${en}, the number of people` }
    case 'expiresSeconds':
      return { fr: `${fr}, le délai en secondes`, en: `${en}, the time for it in seconds` }
    default:
      return { fr: `${fr}, ${entry}`, en: `${en}, ${entry}` }
  }
}

function lifecycleSubject(target: string, [entry = '', name = '']: readonly string[]): Subject {
  switch (entry) {
    case 'graceSeconds':
      return {
        fr: `${target} : le délai avant suppression (en secondes)`,
        en: `${target}: the grace before a deletion (in seconds)`,
      }
    case 'onDelete':
      return {
        fr: `${target} : le moment d’une suppression demandée`,
        en: `${target}: when a deletion that is asked for is done`,
      }
    case 'move':
      return { fr: `${target} : au départ, l’attribut ${name}`, en: `${target}: when somebody leaves, the attribute ${name}` }
    case 'strip':
      return name === 'memberships'
        ? { fr: `${target} : les groupes retirés au départ`, en: `${target}: the groups that leavers lose` }
        : { fr: `${target} : les attributs effacés au départ`, en: `${target}: the attributes that leavers lose` }
    default:
      return { fr: `${target} : lifecycle.${entry}`, en: `${target}: lifecycle.${entry}` }
  }
}

function safetySubject(fr: string, en: string, entry = ''): Subject {
  switch (entry) {
    case 'operations':
      return { fr: `${fr}, ce qui est compté`, en: `${en}, what is counted` }
    case 'targets':
      return { fr: `${fr}, les cibles`, en: `${en}, the targets` }
    case 'per':
      return { fr: `${fr}, le mode de décompte`, en: `${en}, what counts as one` }
    case 'withinSeconds':
      return { fr: `${fr}, la durée (en secondes)`, en: `${en}, the time (in seconds)`, isFeminine: true }
    case 'count':
      return { fr: `${fr}, le nombre`, en: `${en}, the number` }
    case 'percent':
      return { fr: `${fr}, le pourcentage`, en: `${en}, the percentage` }
    default:
      return approvalSubject(fr, en, [entry])
  }
}
