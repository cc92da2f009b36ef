-- People who must agree before a plan is carried out: what is asked, until when, and who answered. Everything is added: the version before
-- goes on running, and asks nobody.
set local search_path to passerelle;

-- What the plan asks, as its hash covers it; null when nobody has to agree.
alter table request add column approvals jsonb;

alter table person drop constraint person_role_check;
alter table person add constraint person_role_check check (role in ('admin', 'approver', 'operator', 'auditor', 'reader'));

create table approval (
  id uuid primary key,
  -- the order in which they were asked
  seq bigint generated always as identity,
  request_id uuid not null references request,
  -- a request that is done again when its approval counts no more asks anew
  round integer not null,
  -- which of the plan's approvals
  place integer not null,
  name text not null,
  role text not null,
  quorum integer not null check (quorum between 1 and 10),
  plan_hash text not null,
  -- SHA-256 over everything that is agreed to: plan, rule text, secrets, whom it is about
  subject text not null,
  requester text not null,
  -- closed: the request ended without this one's answer
  state text not null default 'open' check (state in ('open', 'approved', 'refused', 'expired', 'closed')),
  asked_at timestamptz not null,
  expires_at timestamptz not null,
  decided_at timestamptz,
  unique (request_id, round, place),
  unique (id, requester)
);
create index approval_open on approval (seq desc) where state = 'open';
create index approval_newest on approval (seq desc);

create table approval_decision (
  approval_id uuid not null,
  person text not null,
  requester text not null,
  decision text not null check (decision in ('approve', 'refuse')),
  reason text not null,
  decided_at timestamptz not null,
  -- HMAC-SHA-256 over the decision and what was agreed to: an answer that nobody gave does not count
  mac bytea not null,
  primary key (approval_id, person),
  foreign key (approval_id, requester) references approval (id, requester),
  constraint approval_four_eyes check (person <> requester)
);

-- An answer is given in time, while the question is open, and stands.
create function approval_is_open() returns trigger language plpgsql as $$
begin
  if not exists (select from passerelle.approval where id = new.approval_id and state = 'open' and new.decided_at >= asked_at and new.decided_at < expires_at) then
    raise exception 'the approval is not open' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger approval_decided_in_time before insert on approval_decision for each row execute function approval_is_open();

create function approval_decision_stands() returns trigger language plpgsql as $$
begin
  raise exception 'a decision stands as it was made';
end $$;
create trigger approval_decision_stands before update or delete on approval_decision for each row execute function approval_decision_stands();

-- Whatever ends a request that waits closes its questions: a cancellation knows nothing of approvals.
create function close_approvals() returns trigger language plpgsql as $$
begin
  update passerelle.approval set state = 'closed', decided_at = clock_timestamp() where request_id = new.id and state = 'open';
  return null;
end $$;
create trigger request_leaves_approval after update of state on request for each row
  when (old.state = 'awaiting_approval' and new.state <> 'awaiting_approval') execute function close_approvals();
