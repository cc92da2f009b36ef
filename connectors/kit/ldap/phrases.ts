/** What both connectors of directories say to people. */
import { phrasesOf } from '#core/phrase.ts'

export const directoryPhrases = phrasesOf('directory', {
  groupBase: {
    en: 'Set groupBase of the target to an entry above all groups that rules name.',
    fr: 'Faites de groupBase, dans la cible, une entrée placée au-dessus de tous les groupes que nomment les règles.',
  },
  certificate: {
    en: 'Give the target the certificate authority (ca), and use the host name that stands in the certificate.',
    fr: 'Donnez à la cible l’autorité de certification (ca), et utilisez le nom d’hôte qui figure dans le certificat.',
  },
  base: ({ base }: { readonly base: string }) => ({
    en: `Check the spelling of ${base}, and let the bind DN read it.`,
    fr: `Vérifiez l’orthographe de ${base}, et laissez le bind DN lire cette entrée.`,
  }),
  unreachable: {
    en: 'Check the port and the encryption (ldaps:// or StartTLS), and that the directory runs.',
    fr: 'Vérifiez le port et le chiffrement (ldaps:// ou StartTLS), et que l’annuaire fonctionne.',
  },
  sizeLimit: {
    en: 'Raise the size limit of the service account.',
    fr: 'Relevez la limite de taille (size limit) du compte de service.',
  },
  bindMayNeedTls: {
    en: 'Check the bind DN; simple binds may need TLS.',
    fr: 'Vérifiez le bind DN ; les connexions simples exigent peut-être TLS.',
  },
  writableServer: {
    en: 'Point the target to a server that takes writes.',
    fr: 'Dirigez la cible vers un serveur qui accepte les écritures.',
  },
  encrypt: {
    en: 'Use ldaps:// or StartTLS.',
    fr: 'Utilisez ldaps:// ou StartTLS.',
  },
  attributeNames: {
    en: 'Check the attribute names in the rule set against the discovered schema.',
    fr: 'Comparez les noms d’attributs du jeu de règles avec le schéma découvert.',
  },
  bindDn: {
    en: 'Check the bind DN.',
    fr: 'Vérifiez le bind DN.',
  },
  bindPassword: {
    en: 'Check bindDn and bindPassword of the target.',
    fr: 'Vérifiez bindDn et bindPassword de la cible.',
  },
  writeAccess: {
    en: 'Give the bind DN write access below the bases of the target.',
    fr: 'Donnez au bind DN le droit d’écrire sous les bases de la cible.',
  },
  objectClass: {
    en: 'An attribute is missing or not allowed, or a group would lose its last member (see emptyGroupMember).',
    fr: 'Un attribut manque ou n’est pas permis, ou un groupe perdrait son dernier membre (voir emptyGroupMember).',
  },
  loggedIn: {
    en: 'the service account is logged in',
    fr: 'le compte de service est connecté',
  },
  startTls: {
    en: 'StartTLS works, and the certificate is accepted',
    fr: 'StartTLS fonctionne, et le certificat est accepté',
  },
  noDn: {
    en: 'This is not a distinguished name (RFC 4514)',
    fr: 'Ce n’est pas un nom distinctif (RFC 4514)',
  },
  attributeForm: {
    en: 'An attribute name has letters, digits and hyphens only',
    fr: 'Un nom d’attribut ne contient que des lettres, des chiffres et des tirets',
  },
  urlForm: {
    en: 'The URL looks like ldaps://host:port and holds nothing else',
    fr: 'L’URL a la forme ldaps://hôte:port et ne contient rien d’autre',
  },
  unreadableUrl: {
    en: 'The URL cannot be read',
    fr: 'L’URL est illisible',
  },
  clearText: {
    en: 'Use ldaps://, or StartTLS; ldap:// in clear is for this machine only (or with allowClearText)',
    fr: 'Utilisez ldaps://, ou StartTLS ; ldap:// en clair est réservé à cette machine (ou avec allowClearText)',
  },
  doubleTls: {
    en: 'StartTLS belongs to ldap://; ldaps:// is encrypted already',
    fr: 'StartTLS va avec ldap:// ; ldaps:// est déjà chiffré',
  },
})
