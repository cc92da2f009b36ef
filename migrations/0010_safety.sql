-- Thresholds on how many accounts are disabled or deleted in a time. Everything is added: the version before goes on running, and counts nothing.
set local search_path to passerelle;

-- One row for each account that a request was let through to disable or to delete, where its rule set has thresholds.
create table safety_use (
  request_id uuid not null,
  target text not null,
  operation text not null,
  identity_id uuid not null,
  at timestamptz not null,
  primary key (request_id, target)
);
create index safety_use_window on safety_use (target, operation, at, identity_id);

-- How many accounts, or people, a threshold's percent is of. Counting them takes a while where there are many, so it is not done every time.
create table safety_base (
  -- the targets' names, sorted; people who have an account in any of them are counted, or the accounts of the one
  targets text primary key,
  known bigint not null,
  counted_at timestamptz not null
);

-- Why a safety threshold holds the request: its name, and the numbers.
alter table approval add column reason jsonb;
