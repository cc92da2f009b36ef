-- A request is updated twice at least, and each time seven indexes were told, because its state stood in two of them (docs/scaling.md). What it is when
-- it waits has a column of its own, which an update leaves as it is; half of a page is kept for what becomes of its requests; and what came lately
-- is found by the pages that hold it. The table is written anew: that takes some ten seconds for each million requests.
set local search_path to passerelle;

alter table request set (fillfactor = 50);
alter table request add column waits boolean not null generated always as (state = 'received') stored;

drop index request_waiting;
create index request_waiting on request (identity_id, seq) where waits;
drop index request_stale;
create index request_stale on request (identity_id) where stale;
drop index request_newest;
create index request_recent on request using brin (received_at);

-- What nobody searches by needs no statistics: of a minute's ANALYZE, documents were two thirds.
alter table request alter previous set statistics 0, alter desired set statistics 0, alter computed set statistics 0, alter plan_hash set statistics 0;
alter table step alter plan set statistics 0, alter before set statistics 0, alter after set statistics 0, alter writes set statistics 0;
alter table identity alter attributes set statistics 0, alter targets set statistics 0;
alter table audit alter detail set statistics 0, alter mac set statistics 0;
