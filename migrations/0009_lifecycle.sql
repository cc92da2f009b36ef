-- What becomes of the accounts of people who left: disabled, and deleted when their grace is over. Everything is added: the version before goes
-- on running, and deletes nobody by itself.
set local search_path to passerelle;

-- A deletion of the accounts in these targets only; null for all requests but those that the gateway itself files.
alter table request add column scope jsonb;

-- One row for each account that is disabled and will be deleted. The truth about when; nothing else wakes anybody up for it.
create table departure (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity,
  identity_id uuid not null,
  target text not null,
  -- the request that disabled the account
  begun_by uuid not null,
  disabled_at timestamptz not null,
  -- as the plan of that request said
  grace_seconds bigint not null,
  delete_at timestamptz not null,
  -- when a server looks at it next; null: never by itself
  look_at timestamptz,
  -- the source deleted the identity: when its last account is gone nothing is kept of it
  forget boolean not null default false,
  -- waiting: for delete_at; filed: the deletion was asked for; kept: people want the account to stay; returned: so did the person
  state text not null default 'waiting' check (state in ('waiting', 'filed', 'kept', 'returned')),
  -- the deletion that was asked for
  request_id uuid,
  -- the request that enabled the account again, and the state to return to should that be undone
  returned_by uuid,
  was text,
  problem jsonb,
  changed_by text,
  reason text,
  changed_at timestamptz,
  unique (identity_id, target),
  check (state <> 'waiting' or look_at is not null),
  check (state <> 'filed' or request_id is not null)
);
create index departure_look on departure (look_at) where state = 'waiting';
create index departure_request on departure (request_id) where request_id is not null;
create index departure_newest on departure (seq desc);
