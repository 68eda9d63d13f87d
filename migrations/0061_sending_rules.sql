-- How an installation sends, whatever the campaign.

ALTER TABLE settings
    -- What becomes of a message of which nobody knows whether a relay took it.
    ADD COLUMN campaign_policy text NOT NULL DEFAULT 'at_most_once'
        CHECK (campaign_policy IN ('at_most_once', 'at_least_once')),
    ADD COLUMN single_policy text NOT NULL DEFAULT 'at_least_once'
        CHECK (single_policy IN ('at_most_once', 'at_least_once')),
    -- A campaign pauses itself when so many in a hundred of its latest answers block us; NULL: never.
    ADD COLUMN block_percent smallint DEFAULT 20 CHECK (block_percent BETWEEN 1 AND 100),
    -- For how many months messages are kept; NULL: for ever.
    ADD COLUMN keep_months smallint CHECK (keep_months BETWEEN 1 AND 1200);

-- Why a campaign paused itself: {"blocked": 31, "of": 100, "answer": "550 5.7.1 ..."}.
ALTER TABLE campaigns ADD COLUMN paused_why jsonb;

-- Attempts that were made before somebody sent a message anew: its time for retries begins again.
ALTER TABLE messages ADD COLUMN attempts_before smallint NOT NULL DEFAULT 0;

-- Drops the months that ended before a moment, if nothing in them still waits.
CREATE FUNCTION drop_partitions(before timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    part    record;
    dropped integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('sebar.partitions'));
    FOR part IN
        SELECT c.relname, to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' AS ended
          FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent IN ('messages'::regclass, 'attempts'::regclass, 'message_events'::regclass)
         ORDER BY 2, 1
    LOOP
        IF part.ended AT TIME ZONE 'UTC' <= before
           AND NOT EXISTS (SELECT FROM queue WHERE message_id < uuid_floor(part.ended AT TIME ZONE 'UTC')) THEN
            EXECUTE format('DROP TABLE %I', part.relname);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END $$;
