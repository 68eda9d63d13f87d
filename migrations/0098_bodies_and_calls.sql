-- The body of a mail that came by SMTP stands once, however often it is handed in. Its header, which
-- names this one mail, stays in `mime`.
ALTER TABLE emails ADD COLUMN body bytea;                    -- SHA-256: a blob that follows `mime`; NULL: none
-- Bodies are text; what is compressed already is found to be so by its beginning.
ALTER TABLE blobs ALTER COLUMN bytes SET STORAGE EXTENDED;
-- They go piece by piece.
CREATE INDEX blobs_used ON blobs (used_at);

-- Calls of an event before its last one, which stands with the event: few have any.
CREATE TABLE webhook_calls (
    event_n     bigint NOT NULL,                             -- `webhook_events.n`
    tried_at    timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    status      smallint,                                    -- NULL: there was no answer
    answer      text NOT NULL DEFAULT '',                    -- the answer's beginning, or what went wrong
    PRIMARY KEY (event_n, tried_at)
);

-- Webhooks that were deleted, and whose events go piece by piece.
CREATE TABLE webhook_leftovers (
    webhook_id uuid PRIMARY KEY,
    deleted_at timestamptz NOT NULL DEFAULT now()
);
