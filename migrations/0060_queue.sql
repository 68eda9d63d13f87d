-- The queue in a small table of its own, so that a message is written twice, planned and recorded,
-- and its record leaves the indexes alone (docs/decisions/0008).

-- A ticket for each message that waits or that a sender holds. It goes when the message is terminal,
-- so the table is as large as the backlog, whatever the history. Its row is written by queue.rs and
-- record.rs of the store, always with the message's own.
CREATE TABLE queue (
    message_id  uuid NOT NULL,
    campaign_id uuid,                            -- NULL: mail of no campaign, which goes first
    due_at      timestamptz NOT NULL DEFAULT now(),
    sender_id   uuid                             -- who holds the lease
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000,
        autovacuum_vacuum_insert_threshold = -1);
-- What waits. No other index serves this order.
CREATE INDEX queue_due ON queue (campaign_id, due_at, message_id) WHERE sender_id IS NULL;
-- What a sender holds: found again when it is recorded, and when its sender dies.
CREATE INDEX queue_held ON queue (sender_id, message_id) WHERE sender_id IS NOT NULL;

INSERT INTO queue (message_id, campaign_id, due_at, sender_id)
SELECT id, campaign_id, due_at, sender_id FROM messages WHERE state IN ('queued', 'claimed');

DROP INDEX messages_queue, messages_claimed, messages_trouble;
UPDATE messages SET state = 'queued' WHERE state = 'claimed';
ALTER TABLE messages
    DROP COLUMN sender_id,
    DROP CONSTRAINT messages_state_check,
    ADD CHECK (state IN ('queued', 'sent', 'failed', 'suppressed', 'cancelled', 'in_doubt')),
    -- Of the few that did not go well. No index may look at `state`: every message's changes, and
    -- while no indexed value does its new version needs no entry in any index (HOT).
    ADD COLUMN trouble text GENERATED ALWAYS AS
        (CASE WHEN state IN ('failed', 'suppressed', 'cancelled', 'in_doubt') THEN state END) STORED;
CREATE INDEX messages_trouble ON messages (campaign_id, trouble, id) WHERE trouble IS NOT NULL;

-- A page keeps room for the second version of its rows.
CREATE OR REPLACE FUNCTION make_partitions(since timestamptz, months integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    base  text;
    start timestamptz := date_trunc('month', since, 'UTC');
    part  text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('sebar.partitions'));
    WHILE start <= now() + make_interval(months => months) LOOP
        FOREACH base IN ARRAY ARRAY['messages', 'attempts', 'message_events'] LOOP
            part := format('%s_%s', base, to_char(start AT TIME ZONE 'UTC', 'YYYY_MM'));
            IF to_regclass(part) IS NULL THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', part, base,
                    uuid_floor(start), uuid_floor((start AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'));
                IF base = 'messages' THEN
                    EXECUTE format('ALTER TABLE %I SET (fillfactor = 45)', part);
                END IF;
            END IF;
        END LOOP;
        start := (start AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC';
    END LOOP;
END $$;
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'messages'::regclass LOOP
        EXECUTE format('ALTER TABLE %s SET (fillfactor = 45)', part);
    END LOOP;
END $$;
