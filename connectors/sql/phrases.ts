/** What this connector says to people, beside what all say: what to do about a problem, what a test found, what is wrong with settings. */
import { phrasesOf } from '#core/phrase.ts'

export const phrases = phrasesOf('sql', {
  byHand: {
    en: 'Change it by hand, and leave it out of the rules.',
    fr: 'Modifiez-le à la main, et retirez-le des règles.',
  },
  roleToJoin: {
    en: 'Create the role, correct the rule that names it, or add it to accounts.groups of the target.',
    fr: 'Créez le rôle, corrigez la règle qui le nomme, ou ajoutez-le à accounts.groups de la cible.',
  },
  databaseName: {
    en: 'Correct the name of the database in the target.',
    fr: 'Corrigez le nom de la base de données dans la cible.',
  },
  columnLimits: {
    en: 'Look at the column’s type, length and constraints; a group or another row that is referred to must exist.',
    fr: 'Regardez le type, la longueur et les contraintes de la colonne ; un groupe ou une autre ligne à laquelle il est renvoyé doit exister.',
  },
  login: {
    en: "Check the target's user and password.",
    fr: 'Vérifiez l’utilisateur et le mot de passe de la cible.',
  },
  grants: {
    en: 'Grant SELECT, INSERT, UPDATE and DELETE on the table and on the membership table.',
    fr: 'Accordez SELECT, INSERT, UPDATE et DELETE sur la table et sur celle des appartenances.',
  },
  runTest: {
    en: 'Run the connection test of the target; it says which part is wrong.',
    fr: 'Lancez le test de connexion de la cible ; il dit quelle partie est fausse.',
  },
  tls: {
    en: 'Give the certificate authority in tls.ca, check the host name in the certificate, or whether the server offers TLS at all.',
    fr: 'Donnez l’autorité de certification dans tls.ca, vérifiez le nom d’hôte du certificat, ou si le serveur propose seulement TLS.',
  },
  passwordAnew: {
    en: 'Set the password anew in the same change, or rename the role by hand.',
    fr: 'Fixez à nouveau le mot de passe dans le même changement, ou renommez le rôle à la main.',
  },
  takeOut: {
    en: 'Disable it, or take its members out.',
    fr: 'Désactivez-le, ou retirez-en les membres.',
  },
  createRoles: {
    en: 'Create them, or correct their names.',
    fr: 'Créez-les, ou corrigez leurs noms.',
  },
  createrole: {
    en: 'Give it CREATEROLE.',
    fr: 'Donnez-lui CREATEROLE.',
  },
  byNameOrComment: {
    en: 'Correlate by name or comment.',
    fr: 'Rapprochez par name ou comment.',
  },
  byName: {
    en: 'Correlate by name.',
    fr: 'Rapprochez par name.',
  },
  leaveOut: {
    en: 'Leave it out of the rules.',
    fr: 'Retirez-le des règles.',
  },
  schema: {
    en: 'Look at the schema of the target.',
    fr: 'Regardez le schéma de la cible.',
  },
  addSetting: {
    en: 'Add the setting to accounts.settings of the target, if rules may write it.',
    fr: 'Ajoutez le paramètre à accounts.settings de la cible, si les règles peuvent l’écrire.',
  },
  shorten: {
    en: 'PostgreSQL would cut it; shorten it in the rule that computes it.',
    fr: 'PostgreSQL le couperait ; raccourcissez-le dans la règle qui le calcule.',
  },
  setActive: {
    en: 'Set active in the target.',
    fr: 'Renseignez active dans la cible.',
  },
  setPasswords: {
    en: 'Set passwords in the target.',
    fr: 'Renseignez passwords dans la cible.',
  },
  mapSecret: ({ column }: { readonly column: string }) => ({
    en: `Map the secret to ${column}.`,
    fr: `Associez le secret à ${column}.`,
  }),
  ownColumn: {
    en: 'The gateway itself looks after this column.',
    fr: 'La passerelle s’occupe elle-même de cette colonne.',
  },
  columnName: {
    en: 'Check the name, and the list of columns in the target.',
    fr: 'Vérifiez le nom, et la liste des colonnes dans la cible.',
  },
  createGroup: {
    en: 'Create the group in the target, or correct the rule that names it.',
    fr: 'Créez le groupe dans la cible, ou corrigez la règle qui le nomme.',
  },
  setMemberships: {
    en: 'Set memberships in the target.',
    fr: 'Renseignez memberships dans la cible.',
  },
  grantThese: {
    en: 'Grant these, or list in columns only what it may use.',
    fr: 'Accordez ces droits, ou ne listez dans columns que ce qu’il peut utiliser.',
  },
  primaryKey: {
    en: 'Choose the primary key of the table.',
    fr: 'Choisissez la clé primaire de la table.',
  },
  keyFrom: {
    en: 'Name in keyFrom the attribute that becomes the key.',
    fr: 'Nommez dans keyFrom l’attribut qui devient la clé.',
  },
  autoIncrement: {
    en: 'Use AUTO_INCREMENT, or name in keyFrom the attribute that becomes the key.',
    fr: 'Utilisez AUTO_INCREMENT, ou nommez dans keyFrom l’attribut qui devient la clé.',
  },
  unique: {
    en: 'Correlate by a column that is unique.',
    fr: 'Rapprochez par une colonne sans doublon.',
  },
  tableName: {
    en: 'Check the name and its schema, and grant the user rights on it.',
    fr: 'Vérifiez le nom et son schéma, et accordez à l’utilisateur des droits sur elle.',
  },
  columnsAre: ({ columns }: { readonly columns: string }) => ({
    en: `Its columns are ${columns}.`,
    fr: `Ses colonnes sont ${columns}.`,
  }),
  revoke: {
    en: 'Disable it, or revoke them.',
    fr: 'Désactivez-le, ou révoquez-les.',
  },
  newAccount: {
    en: 'Make a new account, or rename it by hand.',
    fr: 'Créez un nouveau compte, ou renommez-le à la main.',
  },
  grantWithAdmin: {
    en: 'Grant these to the database user, and the roles WITH ADMIN OPTION.',
    fr: 'Accordez ces droits à l’utilisateur de la base, et les rôles WITH ADMIN OPTION.',
  },
  tablesOnly: {
    en: 'Its tables can be a target.',
    fr: 'Ses tables peuvent être une cible.',
  },
  byNameAndMaybeHost: {
    en: 'Correlate by name, or by name and host.',
    fr: 'Rapprochez par name, ou par name et host.',
  },
  byNameAndHost: {
    en: 'Correlate by name and host.',
    fr: 'Rapprochez par name et host.',
  },
  rolesGive: {
    en: 'Leave it out; rights are given by roles.',
    fr: 'Retirez-le ; les droits sont donnés par des rôles.',
  },
  tlsEmpty: {
    en: 'Leave tls empty.',
    fr: 'Laissez tls vide.',
  },
  postgresVersion: {
    en: 'Upgrade the server, or use the mode tables.',
    fr: 'Mettez le serveur à jour, ou utilisez le mode tables.',
  },
  notYet: {
    en: 'cannot be tried until the names are right',
    fr: 'ne peut être essayé avant que les noms soient justes',
  },
  canChange: {
    en: 'the database user may read, add, change and delete',
    fr: 'l’utilisateur de la base peut lire, ajouter, modifier et supprimer',
  },
  columnsMapped: ({ count }: { readonly count: string }) => ({
    en: `${count} columns can be mapped`,
    fr: `colonnes utilisables : ${count}`,
  }),
  attributesMapped: ({ count }: { readonly count: string }) => ({
    en: `${count} attributes can be mapped`,
    fr: `attributs utilisables : ${count}`,
  }),
  rolesAndPasswords: {
    en: 'the database user may create, change and remove roles, and put old passwords back',
    fr: 'l’utilisateur de la base peut créer, modifier et supprimer des rôles, et remettre les anciens mots de passe',
  },
  rolesOnly: {
    en: 'the database user may create, change and remove roles; old passwords it cannot put back',
    fr: 'l’utilisateur de la base peut créer, modifier et supprimer des rôles ; il ne peut pas remettre les anciens mots de passe',
  },
  rolesWithoutSessions: {
    en: 'the database user may create, change and remove roles; old passwords it cannot put back, nor end the sessions of disabled accounts (pg_signal_backend)',
    fr: 'l’utilisateur de la base peut créer, modifier et supprimer des rôles ; il ne peut ni remettre les anciens mots de passe, ni terminer les sessions des comptes désactivés (pg_signal_backend)',
  },
  usersChanged: {
    en: 'the database user may create, change and remove users',
    fr: 'l’utilisateur de la base peut créer, modifier et supprimer des utilisateurs',
  },
  inClear: {
    en: 'not encrypted, as configured',
    fr: 'non chiffré, comme configuré',
  },
  encrypted: {
    en: 'encrypted',
    fr: 'chiffré',
  },
  readsVerifiers: {
    en: 'the database user sees the verifiers of passwords: an undo puts an old one back',
    fr: 'l’utilisateur de la base voit les vérificateurs des mots de passe : une annulation remet l’ancien',
  },
  hiddenVerifiers: {
    en: 'the database user does not see the verifiers of passwords (pg_authid): an undo cannot put an old one back',
    fr: 'l’utilisateur de la base ne voit pas les vérificateurs des mots de passe (pg_authid) : une annulation ne peut pas remettre l’ancien',
  },
  loggedIn: {
    en: 'the login works',
    fr: 'la connexion fonctionne',
  },
  nul: {
    en: 'A name of the database holds no NUL character',
    fr: 'Un nom de la base ne contient pas de caractère NUL',
  },
  differ: {
    en: 'The values for active and disabled must differ',
    fr: 'Les valeurs pour actif et désactivé doivent différer',
  },
  urlForm: {
    en: 'The URL begins with postgres:// or mysql://',
    fr: 'L’URL commence par postgres:// ou mysql://',
  },
  socketUrl: {
    en: 'The URL names a Unix socket; a target is reached by host and port (for the example of npm start: set DEMO_DATABASE_URL)',
    fr: 'L’URL désigne une socket Unix ; une cible se joint par hôte et port (pour l’exemple de npm start : définissez DEMO_DATABASE_URL)',
  },
  unreadableUrl: {
    en: 'The URL cannot be read; characters such as @ and / in a password are written %40 and %2F',
    fr: 'L’URL est illisible ; des caractères comme @ et / dans un mot de passe s’écrivent %40 et %2F',
  },
  tableOrAccounts: {
    en: 'Give table and key; or the mode accounts, for the accounts of the database itself',
    fr: 'Donnez table et key ; ou le mode accounts, pour les comptes de la base elle-même',
  },
  urlOrHost: {
    en: 'Give url, or host and database',
    fr: 'Donnez url, ou host et database',
  },
  otherDialect: {
    en: 'The URL is of another dialect than the one chosen',
    fr: 'L’URL est d’un autre dialecte que celui choisi',
  },
  settingForm: {
    en: 'The name of a setting, such as search_path or app.title',
    fr: 'Le nom d’un paramètre, comme search_path ou app.title',
  },
})
