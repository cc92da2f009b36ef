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
  network: {
    en: "If it is meant, put the address into the target's list of allowed networks.",
    fr: 'Si c’est voulu, ajoutez l’adresse aux réseaux autorisés de la cible.',
  },
  clearText: {
    en: 'Use https://; http:// is for this machine, or for targets that allow clear text.',
    fr: 'Utilisez https:// ; http:// est réservé à cette machine, ou aux cibles qui autorisent le texte en clair.',
  },
})
