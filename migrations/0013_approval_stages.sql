-- Approvals in stages, of named people, delegated, escalated, and bound to the accounts as they were when people were asked. Everything is
-- added: the version before goes on answering what has one stage, and waits at the others.
set local search_path to passerelle;

-- How people are found by rules and mails; nobody shares an address.
alter table person add column email text check (email ~ '^[^[:space:]@<>"]+@[^[:space:]@<>"]+$' and length(email) <= 254);
create unique index person_email on person (lower(email));

-- Stages of one policy follow one another; `place` is where a stage stands among all that the plan asks.
alter table approval add column stage integer not null default 1;
alter table approval add column stages integer not null default 1;
-- Who may answer besides `role`: roles, and people as `person:<name>`. Those of an escalation are added when it comes.
alter table approval add column roles text[] not null default '{}';
alter table approval add column people text[] not null default '{}';
-- Who must not, besides the requester: who wrote or published the rules, and whom the request is about.
alter table approval add column authors text[] not null default '{}';
alter table approval add column subjects text[] not null default '{}';
alter table approval add column remind_at timestamptz;
alter table approval add column escalate_at timestamptz;
alter table approval add column escalated_at timestamptz;
-- waiting: the stage before it is not given yet.
alter table approval drop constraint approval_state_check;
alter table approval add constraint approval_state_check check (state in ('waiting', 'open', 'approved', 'refused', 'expired', 'closed'));
create index approval_reminders on approval (remind_at) where state = 'open' and remind_at is not null;
create index approval_escalations on approval (escalate_at) where state = 'open' and escalate_at is not null;

-- Somebody decides in the stead of another: one approval, or everything for a time.
create table delegation (
  id uuid primary key,
  seq bigint generated always as identity,
  from_person text not null,
  to_person text not null,
  approval_id uuid references approval,
  reason text not null,
  starts_at timestamptz not null,
  ends_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null,
  revoked_at timestamptz,
  constraint delegation_to_others check (from_person <> to_person),
  constraint delegation_ends check (ends_at > starts_at and (approval_id is not null or ends_at is not null))
);
create index delegation_received on delegation (to_person) where revoked_at is null;
create index delegation_given on delegation (from_person, seq desc);
create index delegation_of_approval on delegation (approval_id) where approval_id is not null;

-- Nobody is counted twice: neither who answers, nor in whose stead it is done.
alter table approval_decision add column on_behalf_of text;
create unique index approval_decision_once on approval_decision (approval_id, coalesce(on_behalf_of, person));

create or replace function approval_is_open() returns trigger language plpgsql as $$
declare
  asked passerelle.approval;
begin
  select * into asked from passerelle.approval where id = new.approval_id;
  if asked.state is distinct from 'open' or new.decided_at < asked.asked_at or new.decided_at >= asked.expires_at then
    raise exception 'the approval is not open' using errcode = 'check_violation';
  end if;
  if new.person = any(asked.authors || asked.subjects) or new.on_behalf_of = any(asked.authors || asked.subjects || asked.requester) then
    raise exception 'approval_four_eyes: who wrote the rules, or whom it is about, does not approve it' using errcode = 'check_violation';
  end if;
  if new.on_behalf_of is not null and not exists (
    select from passerelle.delegation where from_person = new.on_behalf_of and to_person = new.person
      and (approval_id is null or approval_id = new.approval_id)
      and starts_at <= new.decided_at and (ends_at is null or ends_at > new.decided_at) and (revoked_at is null or revoked_at > new.decided_at)) then
    raise exception 'approval_delegated: nobody gave this decision out of hand' using errcode = 'check_violation';
  end if;
  return new;
end $$;

-- Whatever ends a request that waits closes what is still to be asked too.
create or replace function close_approvals() returns trigger language plpgsql as $$
begin
  update passerelle.approval set state = 'closed', decided_at = clock_timestamp(), remind_at = null, escalate_at = null
    where request_id = new.id and state in ('open', 'waiting');
  return null;
end $$;

-- The accounts as they were when people were asked: what the decision is made on, and what must still be so when it is carried out.
create table approval_image (
  request_id uuid not null references request,
  round integer not null,
  target text not null,
  -- null until the target was read
  read_at timestamptz,
  -- SHA-256 in hex over what the step touches of the account
  hash text,
  label text,
  -- what the step would do to the account: {"outcome": …, "writes": …}
  planned jsonb,
  -- When it was found that the account is not like this any more: what was agreed to counts no more for another generation.
  drifted_at timestamptz,
  -- how often it was asked for, and when it is again
  tries integer not null default 0,
  ask_again_at timestamptz,
  primary key (request_id, round, target)
);
create index approval_image_unread on approval_image (ask_again_at) where read_at is null and ask_again_at is not null;

alter table outbox drop constraint outbox_topic_check;
alter table outbox add constraint outbox_topic_check check (topic in ('apply', 'undo', 'probe', 'look'));
