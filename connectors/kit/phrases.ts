/** What all connectors say to people: what to do about a problem, what a test found, what is wrong with settings. */
import { phrasesOf } from '#core/phrase.ts'

export const kitPhrases = phrasesOf('kit', {
  inMemory: { en: 'in this process', fr: 'dans ce processus' },
  cleanValue: {
    en: 'Clean the value in the rule that computes it.',
    fr: 'Nettoyez la valeur dans la règle qui la calcule.',
  },
  createFirst: {
    en: 'Send a create or update for this identity first.',
    fr: 'Envoyez d’abord une création ou une mise à jour de cette identité.',
  },
  compensateAgain: {
    en: 'The compensation can be run again at any time.',
    fr: 'La compensation peut être relancée à tout moment.',
  },
  correlateByFilled: {
    en: "Correlate by an attribute that every identity has (the rule set's correlate).",
    fr: 'Rapprochez par un attribut que chaque identité possède (correlate, dans le jeu de règles).',
  },
  tokenUrl: {
    en: 'Check the URL of the token endpoint.',
    fr: 'Vérifiez l’URL qui délivre les jetons.',
  },
  clientSecret: {
    en: 'Check clientId and clientSecret of the target.',
    fr: 'Vérifiez clientId et clientSecret de la cible.',
  },
  newPassword: {
    en: 'Have a new password set in the target.',
    fr: 'Faites définir un nouveau mot de passe dans la cible.',
  },
  mapped: { en: 'what the rules write is there and can be written', fr: 'ce que les règles écrivent existe et peut être écrit' },
  keptByTarget: ({ names }: { readonly names: string }) => ({
    en: `Leave ${names} out of the rules, or give the gateway’s account the right to write it.`,
    fr: `Retirez ${names} des règles, ou donnez au compte de la passerelle le droit de l’écrire.`,
  }),
  missingInTarget: ({ names }: { readonly names: string }) => ({
    en: `Compare the names in the rules with the attributes that the target lists: it has no ${names}.`,
    fr: `Comparez les noms des règles avec les attributs que liste la cible : elle n’a pas ${names}.`,
  }),
  compareSettings: {
    en: 'Compare the settings of the target with the README of the connector; the system’s own log may say more.',
    fr: 'Comparez les paramètres de la cible avec la documentation du connecteur ; le journal du système lui-même peut en dire plus.',
  },
  askLess: {
    en: 'Ask for less at once, such as smaller pages.',
    fr: 'Demandez moins à la fois, par exemple des pages plus petites.',
  },
  urlOfPage: {
    en: 'Check the URL: it may lead to a page for people, such as a login form.',
    fr: 'Vérifiez l’URL : elle mène peut-être à une page pour humains, comme un formulaire de connexion.',
  },
  finalAddress: {
    en: 'Give the target the final address; a login page means that the credentials are missing.',
    fr: 'Donnez à la cible l’adresse finale ; une page de connexion signifie que les identifiants manquent.',
  },
  credentials: {
    en: 'Check the credentials of the target.',
    fr: 'Vérifiez les identifiants de la cible.',
  },
  rightsOfReadme: {
    en: 'Give the gateway’s account the rights that its README names.',
    fr: 'Donnez au compte de la passerelle les droits que nomme la documentation du connecteur.',
  },
  decide: {
    en: 'Look at the account in the target, then decide.',
    fr: 'Regardez le compte dans la cible, puis décidez.',
  },
  passwordName: ({ name }: { readonly name: string }) => ({
    en: `Rules set it as ${name} (passwordAttribute).`,
    fr: `Les règles le fixent sous le nom ${name} (passwordAttribute).`,
  }),
  isAddress: ({ host }: { readonly host: string }) => ({ en: `${host} is an address`, fr: `${host} est une adresse` }),
  resolved: ({ host, address }: { readonly host: string; readonly address: string }) => ({
    en: `${host} is ${address}`,
    fr: `${host} correspond à ${address}`,
  }),
  listens: ({ host, port }: { readonly host: string; readonly port: string }) => ({
    en: `${host} listens on port ${port}`,
    fr: `${host} écoute sur le port ${port}`,
  }),
  hostListens: ({ host }: { readonly host: string }) => ({ en: `${host} listens`, fr: `${host} écoute` }),
  certificateAccepted: ({ protocol }: { readonly protocol: string }) => ({
    en: `${protocol}, and the certificate is accepted`,
    fr: `${protocol}, et le certificat est accepté`,
  }),
  caForm: {
    en: 'A certificate in PEM form begins with -----BEGIN CERTIFICATE-----',
    fr: 'Un certificat au format PEM commence par -----BEGIN CERTIFICATE-----',
  },
  httpUrlForm: {
    en: 'The URL looks like https://host:port/path and holds no user, ? or #',
    fr: 'L’URL a la forme https://hôte:port/chemin et ne contient ni utilisateur, ni ?, ni #',
  },
  unreadableUrl: {
    en: 'The URL cannot be read',
    fr: 'L’URL est illisible',
  },
  noNetwork: {
    en: 'This is no address and no network like 10.0.0.0/8',
    fr: 'Ce n’est ni une adresse ni un réseau comme 10.0.0.0/8',
  },
  clearText: {
    en: 'Use https://; http:// in clear is for this machine only (or with allowClearText)',
    fr: 'Utilisez https:// ; http:// en clair est réservé à cette machine (ou avec allowClearText)',
  },
  login: {
    en: 'The chosen login lacks something: bearer needs token; basic user and password; header token and tokenHeader; client_credentials tokenUrl, clientId and clientSecret',
    fr: 'Il manque quelque chose à la connexion choisie : bearer exige token ; basic, user et password ; header, token et tokenHeader ; client_credentials, tokenUrl, clientId et clientSecret',
  },
})
