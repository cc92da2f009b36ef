/** The contract on a real MySQL, with its default sql_mode and with the one that breaks escaping clients. */
import { sql } from '#connectors/sql/index.ts'
import { openMysql } from '#tests/harness/mysql.ts'
import { openTables, tableTraits } from './sql-tables-fixture.ts'
import { contractSuite } from './suite.ts'

for (const sqlMode of ['STRICT_TRANS_TABLES', 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES']) {
  contractSuite({
    connector: sql,
    title: `sql (MySQL, sql_mode ${sqlMode})`,
    traits: tableTraits,
    open: () => openTables(openMysql({ sqlMode })),
  })
}
