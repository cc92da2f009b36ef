/** Rules whose approvals have stages, named people, escalations and drifts, and people to answer them. */
import { shippedRules } from './sql-targets.ts'

/** The shipped rules; who has one of these titles needs people's agreement. */
export const rulesInStages = () => ({
  ...shippedRules(),
  approvals: [
    {
      name: 'Board',
      when: `title = 'Chair'`,
      stages: [
        { people: 'manager', expires: '2h' },
        { role: ['approver', 'operator'], quorum: 2, expires: '1h' },
      ],
    },
    { name: 'Named', when: `title = 'Named'`, people: ['rita', 'nobody@example.org'], expires: '1h' },
    {
      name: 'Later',
      when: `title = 'Later'`,
      people: ['rita'],
      expires: '2h',
      escalate: { after: '1h', to: { role: 'approver' } },
    },
    { name: 'Never', when: `title = 'Never'`, role: 'approver', expires: '2h', escalate: { after: '1h', to: 'refuse' } },
    { name: 'Guarded', when: `title = 'Guarded'`, role: 'approver', expires: '1h' },
    { name: 'Twice', when: `title = 'Twice'`, role: 'approver', quorum: 2, expires: '1h' },
    { name: 'Anew', when: `title = 'Anew'`, role: 'approver', expires: '1h', onDrift: 'replan' },
    { name: 'Authors too', when: `title = 'Authored'`, role: 'approver', expires: '1h', fourEyes: ['subject'] },
  ],
})
