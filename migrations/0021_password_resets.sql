-- An undo that cannot put an old password back sets one that nobody knows, and tells people. Everything is added: the version before leaves both
-- columns empty, and forgets a notification of the new kind that it should be the first to take.
set local search_path to passerelle;

alter table step
  -- sealed.id: what the target showed, once the step was applied, of the secrets that it set (their hashes, or when they were set)
  add column after_secrets uuid,
  -- when its undo was about to set a secret that nobody knows; that secret itself is kept nowhere
  add column reset_at timestamptz;

alter table notification drop constraint notification_kind_check;
alter table notification add constraint notification_kind_check
  check (kind in ('approval_asked', 'approval_reminder', 'approval_escalated', 'approval_delegated', 'request_settled', 'password_reset'));
