/** The contract on a real MariaDB, with its default sql_mode and with the one that breaks escaping clients. */
import { sql } from '#connectors/sql/index.ts'
import { openMariadb } from '#tests/harness/mariadb.ts'
import { openTables, tableTraits } from './sql-tables-fixture.ts'
import { contractSuite } from './suite.ts'

for (const sqlMode of ['STRICT_TRANS_TABLES', 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES']) {
  contractSuite({
    connector: sql,
    title: `sql (MariaDB, sql_mode ${sqlMode})`,
    traits: tableTraits,
    open: () => openTables(openMariadb({ sqlMode })),
  })
}
