-- A foreign key costs a look-up and a lock on the row it points to for every row that is written: eleven of them for a request
-- with five targets (docs/scaling.md). These three could never be violated: the ledger writes the row and what it points to in one
-- transaction, and deletes neither.
set local search_path to passerelle;

alter table step drop constraint step_request_id_fkey;
alter table account drop constraint account_identity_id_fkey;
alter table request drop constraint request_identity_id_fkey;
