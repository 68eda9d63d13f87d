-- Mails that programs hand in one by one. Each of their recipients is a row of `messages` whose
-- content_id is the mail's id, which is also the id of the first of these messages.

CREATE TABLE emails (
    id          uuid NOT NULL,
    api_key_id  uuid,                          -- who handed it in
    message_ids uuid[] NOT NULL,               -- one for each recipient
    from_email  text NOT NULL,                 -- its sender, in the envelope too
    subject     text NOT NULL,
    addressed   jsonb NOT NULL,                -- from, to, cc, bcc, reply_to as they were given
    tags        jsonb NOT NULL DEFAULT '[]',   -- [{"name": …, "value": …}]
    metadata    jsonb NOT NULL DEFAULT '{}',
    scheduled_at timestamptz,                  -- the time that its program asked for
    -- The mail itself: `mime`, with a Date before it and each file's content at its place.
    mime        bytea NOT NULL,
    dated_at    timestamptz,                   -- NULL: it has a Date of its own
    files       jsonb NOT NULL DEFAULT '[]',   -- [{"at": place, "digest": hex, name, content_type, content_id, size}]
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);

-- Emails by their tags, in their order: a tag that millions bear is read page by page.
CREATE TABLE email_tags (
    tag      text NOT NULL,                    -- name:value
    email_id uuid NOT NULL,
    PRIMARY KEY (tag, email_id)
) PARTITION BY RANGE (email_id);

-- Their tickets by message, to be cancelled or moved. Campaigns' tickets do not stand in it.
CREATE INDEX queue_single ON queue (message_id) WHERE campaign_id IS NULL;

-- Contents of files, each kept once, by SHA-256.
CREATE TABLE blobs (
    digest  bytea PRIMARY KEY,
    bytes   bytea NOT NULL,
    -- When a mail last brought it, to the day: it goes when the mails of that time have gone.
    used_at timestamptz NOT NULL DEFAULT now()
);
-- Most are compressed already.
ALTER TABLE blobs ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Answers to requests with an Idempotency-Key, kept for a day. A row is written in the transaction
-- of the mails that it answers for.
CREATE TABLE idempotency_keys (
    api_key_id uuid NOT NULL,
    key        text NOT NULL,
    request    bytea NOT NULL,                 -- SHA-256 of path and body
    answer     jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (api_key_id, key)
);
CREATE INDEX idempotency_keys_old ON idempotency_keys (created_at);

-- Mails come and go with the messages of their month.
CREATE OR REPLACE FUNCTION make_partitions(since timestamptz, months integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    base  text;
    start timestamptz := date_trunc('month', since, 'UTC');
    part  text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('sebar.partitions'));
    WHILE start <= now() + make_interval(months => months) LOOP
        FOREACH base IN ARRAY ARRAY['messages', 'attempts', 'message_events', 'emails', 'email_tags'] LOOP
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
SELECT make_partitions(now() - interval '1 month', 3);

CREATE OR REPLACE FUNCTION drop_partitions(before timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    part    record;
    dropped integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('sebar.partitions'));
    FOR part IN
        SELECT c.relname, to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' AS ended
          FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent IN ('messages'::regclass, 'attempts'::regclass, 'message_events'::regclass, 'emails'::regclass,
                               'email_tags'::regclass)
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
