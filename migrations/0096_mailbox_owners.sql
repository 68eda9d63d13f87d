-- Who looks into a mailbox: a process that was too slow must not give back, prolong or report what another
-- has taken since.
ALTER TABLE mailboxes ADD COLUMN leased_by uuid;  -- another one for each taking

-- Up to where all mail of an IMAP folder is done with, where mail stays in it (RFC 9051 §2.3.1.1).
-- `mailbox_seen` has by IMAP, as `VALIDITY.UID`, what is stored and not yet moved or marked.
ALTER TABLE mailboxes ADD COLUMN uid_validity bigint, ADD COLUMN last_uid bigint;
