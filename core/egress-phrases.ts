/** What the way out says to people. */
import { phrasesOf } from './phrase.ts'

export const egressPhrases = phrasesOf('egress', {
  name: {
    en: 'Check the spelling, and the DNS of this machine.',
    fr: 'Vérifiez l’orthographe, et le DNS de cette machine.',
  },
  firewall: {
    en: 'Is there a firewall in between?',
    fr: 'Y a-t-il un pare-feu sur le chemin ?',
  },
  port: {
    en: 'Check the port, and that the server runs.',
    fr: 'Vérifiez le port, et que le serveur fonctionne.',
  },
  certificate: {
    en: 'Give the target the certificate authority (ca), use the host name that stands in the certificate, and check the port.',
    fr: 'Donnez à la cible l’autorité de certification (ca), utilisez le nom d’hôte qui figure dans le certificat, et vérifiez le port.',
  },
  bareUrl: {
    en: 'Write https://host:port/path, and the user and the password in the fields for them.',
    fr: 'Écrivez https://hôte:port/chemin, et l’utilisateur et le mot de passe dans leurs propres champs.',
  },
  header: {
    en: 'Headers hold Latin-1 characters and no line breaks; put other values into the body.',
    fr: 'Les en-têtes ne contiennent que des caractères Latin-1, sans retour à la ligne ; mettez les autres valeurs dans le corps.',
  },
  network: {
    en: "If it is meant, put the address into the target's list of allowed networks.",
    fr: 'Si c’est voulu, ajoutez l’adresse aux réseaux autorisés de la cible.',
  },
  clearText: {
    en: 'Use https://; http:// is for this machine, or for targets that allow clear text.',
    fr: 'Utilisez https:// ; http:// est réservé à cette machine, ou aux cibles qui autorisent le texte en clair.',
  },
})
