/** What may be wrong with approvals, thresholds and lifecycles, and with lookup tables. */
import { phrasesOf } from '#core/phrase.ts'
import { longestTable, mostRows } from '../lookups/limits.ts'

interface Named {
  readonly name: string
}

export const policyPhrases = phrasesOf('policy', {
  duration: {
    en: 'a duration is a whole number of minutes, hours or days, such as "30m", "48h" or "7d"',
    fr: 'une durée est un nombre entier de minutes, d’heures ou de jours, comme `30m`, `48h` ou `7d`',
  },
  longGrace: { en: 'a grace has ten years at most', fr: 'un délai de grâce est de dix ans au plus' },
  longWindow: { en: 'the time of a threshold has 30 days at most', fr: 'la période d’un seuil est de 30 jours au plus' },
  longApproval: {
    en: 'an approval expires after 30 days at most',
    fr: 'une approbation expire au bout de 30 jours au plus',
  },
  emptyName: { en: 'a name cannot be empty', fr: 'un nom ne peut pas être vide' },
  nameOne: { en: 'name at least one', fr: 'nommez-en au moins un' },
  nameOneOrNone: { en: 'name at least one, or leave it out', fr: 'nommez-en au moins un, ou retirez l’entrée' },
  percentage: { en: 'a percentage lies between 0 and 100', fr: 'un pourcentage est compris entre 0 et 100' },
  noThreshold: {
    en: 'a threshold needs a count, a percent, or both',
    fr: 'un seuil a besoin de `count`, de `percent`, ou des deux',
  },
  noTargetOfName: ({ name }: Named) => ({
    en: `there is no target "${name}" in this rule set`,
    fr: `il n’y a pas de cible « ${name} » dans ce jeu de règles`,
  }),
  thresholdTwice: ({ name }: Named) => ({
    en: `two thresholds are called "${name}"`,
    fr: `deux seuils s’appellent « ${name} »`,
  }),
  graceMissing: {
    en: '`onDelete: after-grace` needs `deleteAfter`, such as 90d',
    fr: '`onDelete: after-grace` a besoin de `deleteAfter`, par exemple 90d',
  },
  movedForGood: ({ name }: Named) => ({
    en: `nothing would give "${name}" its value back when the person returns`,
    fr: `rien ne rendrait sa valeur à « ${name} » au retour de la personne`,
  }),
  giveRule: {
    en: 'give it a rule in attributes: with strength strong',
    fr: 'donnez-lui une règle sous `attributes:`, de force strong',
  },
  movedAndStripped: ({ name }: Named) => ({
    en: `"${name}" is both moved and stripped`,
    fr: `« ${name} » est à la fois déplacé et retiré`,
  }),
  chooseOne: { en: 'choose one', fr: 'choisissez l’un des deux' },
  person: {
    en: 'a person is named by name or e-mail address, 200 characters at most',
    fr: 'une personne est désignée par son nom ou son adresse électronique, 200 caractères au plus',
  },
  stagesOrSingle: {
    en: 'either stages, or the entries of a single stage beside `when`',
    fr: 'soit `stages`, soit les entrées d’une seule étape à côté de `when`',
  },
  noApprover: { en: 'say who may agree: role, or people', fr: 'dites qui peut approuver : `role`, ou `people`' },
  noExpiry: { en: 'say when it expires, such as 48h', fr: 'dites quand cela expire, par exemple 48h' },
  lateEscalation: {
    en: 'an escalation comes before the end: `after` is shorter than `expires`',
    fr: 'une escalade vient avant la fin : `after` est plus court que `expires`',
  },
})

export const tablePhrases = phrasesOf('table', {
  name: {
    en: 'a table’s name holds lower-case letters, digits and hyphens, 63 at most',
    fr: 'le nom d’une table est fait de minuscules, de chiffres et de traits d’union, 63 au plus',
  },
  longCell: { en: 'a text of a table has 1000 characters at most', fr: 'un texte d’une table a 1000 caractères au plus' },
  nul: { en: 'a text of a table holds no NUL character', fr: 'un texte d’une table ne contient pas de caractère NUL' },
  emptyKey: { en: 'a key cannot be empty', fr: 'une clé ne peut pas être vide' },
  rows: { en: `a table has ${mostRows} rows at most`, fr: `une table a ${mostRows} lignes au plus` },
  size: {
    en: `a table has ${longestTable} characters at most`,
    fr: `une table a ${longestTable} caractères au plus, en tout`,
  },
  header: {
    en: 'the first line of a table names two columns, the key and the value',
    fr: 'la première ligne d’une table nomme deux colonnes, la clé et la valeur',
  },
  headerExample: { en: 'such as: code,label', fr: 'par exemple : code,libelle' },
  columns: ({ found }: { readonly found: string }) => ({
    en: `a line of a table has two columns, found ${found}`,
    fr: `une ligne d’une table a deux colonnes ; trouvées : ${found}`,
  }),
  quoteComma: { en: 'quote what holds a comma', fr: 'mettez entre guillemets ce qui contient une virgule' },
  keyTwice: { en: 'the key stands in an earlier line already', fr: 'la clé figure déjà dans une ligne précédente' },
  notCsv: { en: 'the line is not CSV', fr: 'la ligne n’est pas du CSV' },
  doubleQuote: {
    en: 'a quote inside a quoted text is doubled',
    fr: 'un guillemet dans un texte entre guillemets se double',
  },
})
