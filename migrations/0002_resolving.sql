-- What the saga remembers so that people can resolve what it cannot: which way a request goes, who stated what, which workers died, and
-- which waiting requests were planned on a state that never came to be. Everything is added: the version before goes on running.
set local search_path to passerelle;

-- forward: what is not done is to be done; back: what was done is to be undone. Needed where people resume or the state is decided anew.
alter table request add column direction text not null default 'forward' check (direction in ('forward', 'back'));
-- Planned on what a request before it asked for, which then came to nothing: it is planned again when its turn comes.
alter table request add column stale boolean not null default false;
-- What was asked, without secrets, so that a waiting request can be planned again; null once it is under way.
alter table request add column change jsonb;
-- The newer request that asks for all that this one asked for.
alter table request add column superseded_by uuid;
create index request_stale on request (identity_id) where stale and state = 'received';

-- Claims that ended without a settlement: their workers died, or froze for longer than their lease.
alter table step add column deaths integer not null default 0;
alter table step add column undo_attempts integer not null default 0;
-- When the undo may be tried again.
alter table step add column retry_at timestamptz;

-- Targets where the gateway switched the identity's account off although the identity is not disabled: the rules did not want it any more.
alter table identity add column switched_off jsonb not null default '[]';

alter table outbox drop constraint outbox_topic_check;
alter table outbox add constraint outbox_topic_check check (topic in ('apply', 'undo', 'probe'));

-- What people state about a step that the gateway cannot settle. The fence says of which state of the step they speak: when a worker took
-- the step since, nobody stated anything about what it left.
create table statement (
  request_id uuid not null,
  target text not null,
  fence bigint not null,
  person text not null,
  outcome text not null check (outcome in ('applied', 'undone', 'kept')),
  reason text not null,
  stated_at timestamptz not null default clock_timestamp(),
  primary key (request_id, target, fence, person),
  unique (request_id, target, fence, outcome, person)
);

-- A statement that counts: two people said the same. That they are two is not left to the code.
create table attestation (
  request_id uuid not null,
  target text not null,
  fence bigint not null,
  outcome text not null,
  stated_by text not null,
  confirmed_by text not null,
  confirmed_at timestamptz not null default clock_timestamp(),
  primary key (request_id, target, fence),
  constraint attestation_four_eyes check (stated_by <> confirmed_by),
  foreign key (request_id, target, fence, outcome, stated_by) references statement (request_id, target, fence, outcome, person),
  foreign key (request_id, target, fence, outcome, confirmed_by) references statement (request_id, target, fence, outcome, person)
);
