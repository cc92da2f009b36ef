-- The reconciler asks the queue before it rings again for a request whose wake-up has come. What the queue holds must not be believed when it may
-- have lost jobs, when a job is of a version that nobody here knows, and when a person does not want to wait: then it is rung anyway.
set local search_path to passerelle;

alter table request add column ring_anyway boolean not null default false;
