/** How large lookup tables are: what a sandbox process holds of them must leave room for the rules. */

export const mostRows = 10_000
/** Characters of all keys and values. */
export const longestTable = 500_000
/** Tables that one rule set may read. */
export const mostTables = 20
