-- One row for each mail to each recipient, its attempts and what came after.
--
-- All three tables are partitioned by range of the message's UUIDv7, a month each: a look-up by
-- id touches one partition, and retention drops one. No foreign keys: the history outlives
-- contacts and campaigns, and a check for each of millions of rows buys nothing.

CREATE TABLE messages (
    id              uuid NOT NULL,
    stream          text NOT NULL CHECK (stream IN ('campaign', 'transactional', 'test')),
    campaign_id     uuid,
    contact_id      uuid,
    content_id      uuid NOT NULL,
    recipient       text NOT NULL,                -- address as it was then
    merge           jsonb NOT NULL DEFAULT '{}',  -- the data that its content needs, as it was then
    state           text NOT NULL DEFAULT 'queued'
                    CHECK (state IN ('queued', 'claimed', 'sent', 'failed', 'suppressed', 'cancelled', 'in_doubt')),
    due_at          timestamptz NOT NULL DEFAULT now(),
    attempts        smallint NOT NULL DEFAULT 0,
    sender_id       uuid,                         -- who holds the lease
    finished_at     timestamptz,                  -- when it became terminal
    relay_id        uuid,                         -- of the last attempt
    reply_code      smallint,                     -- the last answer
    enhanced_code   text,
    reply           text,
    reason          text,                         -- why it is where it is, in a word of ours
    digest          bytea,                        -- SHA-256 of the bytes that were sent
    size            integer,                      -- and their number
    bounced_at      timestamptz,
    complained_at   timestamptz,
    opened_at       timestamptz,
    clicked_at      timestamptz,
    unsubscribed_at timestamptz,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);

-- The queue. Only due work stands in it, so a claim costs what the backlog costs, not the history;
-- no other index serves this order, so the planner cannot choose to walk the finished rows.
CREATE INDEX messages_queue ON messages (campaign_id, due_at, id) WHERE state = 'queued';
-- What a sender holds, to be given back when it dies.
CREATE INDEX messages_claimed ON messages (sender_id) WHERE state = 'claimed';
-- A campaign's recipients by key.
CREATE INDEX messages_campaign ON messages (campaign_id, id);
-- The few that did not go well, among millions that did.
CREATE INDEX messages_trouble ON messages (campaign_id, state, id) WHERE state IN ('failed', 'suppressed', 'cancelled', 'in_doubt');
-- A contact's history, and the archive's search by address.
CREATE INDEX messages_contact ON messages (contact_id, id);
CREATE INDEX messages_recipient ON messages (lower(recipient) text_pattern_ops, id);

-- Every conversation with a relay about a message.
CREATE TABLE attempts (
    message_id    uuid NOT NULL,
    n             smallint NOT NULL,              -- 1, 2, 3 …
    relay_id      uuid NOT NULL,
    started_at    timestamptz NOT NULL,
    duration_ms   integer NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('sent', 'retry', 'failed', 'relay_fault', 'in_doubt')),
    phase         text NOT NULL,                  -- where the conversation ended: connect, tls, auth, mail …
    reply_code    smallint,
    enhanced_code text,
    reply         text NOT NULL DEFAULT '',
    PRIMARY KEY (message_id, n)
) PARTITION BY RANGE (message_id);

-- Opens, clicks and unsubscriptions of a message, hit by hit.
CREATE TABLE message_events (
    message_id uuid NOT NULL,
    id         uuid NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('open', 'click', 'unsubscribe')),
    at         timestamptz NOT NULL,
    link       integer,                           -- number in content_links, for clicks
    user_agent text NOT NULL DEFAULT '',
    PRIMARY KEY (message_id, id)
) PARTITION BY RANGE (message_id);

-- Hits whose token tells the content but not the person, by the hour.
CREATE TABLE anonymous_hits (
    content_id uuid NOT NULL,
    hour       timestamptz NOT NULL,
    link       integer NOT NULL,                  -- -1: an open
    hits       bigint NOT NULL,
    PRIMARY KEY (content_id, hour, link)
);

-- The smallest UUIDv7 of a moment (RFC 9562 §5.7: 48 bits of Unix milliseconds first).
CREATE FUNCTION uuid_floor(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

-- Makes the month's partitions that are missing, from `since` to `months` ahead of now.
CREATE FUNCTION make_partitions(since timestamptz, months integer) RETURNS void LANGUAGE plpgsql AS $$
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
            END IF;
        END LOOP;
        start := (start AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC';
    END LOOP;
END $$;
SELECT make_partitions(now() - interval '1 month', 3);

-- Running sender processes; a lease is as good as its sender's heartbeat.
CREATE TABLE senders (
    id         uuid PRIMARY KEY,
    host       text NOT NULL,
    pid        integer NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    alive_at   timestamptz NOT NULL DEFAULT now(),
    stopped_at timestamptz
);
