-- Who looks into a mailbox: a process that was too slow must not give back, prolong or report what another
-- has taken since.
ALTER TABLE mailboxes ADD COLUMN leased_by uuid;  -- another one for each taking
