-- The kinds of queue engine that were ever seen with the gateway's mark in them. One without the mark is new while its kind does not stand here; from then
-- on it has lost what was in it.
create table queue_engine (
  -- 'redis', 'postgres'
  kind text primary key,
  first_seen_at timestamptz not null default clock_timestamp());
