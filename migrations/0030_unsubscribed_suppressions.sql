-- Somebody unsubscribes by the link of a mail after their contact was deleted: the address is kept,
-- so that a later import does not mail them again.
ALTER TABLE suppressions DROP CONSTRAINT suppressions_reason_check;
ALTER TABLE suppressions ADD CONSTRAINT suppressions_reason_check
    CHECK (reason IN ('manual', 'hard_bounce', 'complaint', 'import', 'unsubscribed'));
