-- CSV uploads. The file lives here in pieces, so that any web process can go on with an import.

CREATE TABLE imports (
    id          uuid PRIMARY KEY,
    user_id     uuid REFERENCES users ON DELETE SET NULL,
    file_name   text NOT NULL,
    file_size   bigint NOT NULL DEFAULT 0,       -- bytes received
    state       text NOT NULL DEFAULT 'uploading'
                CHECK (state IN ('uploading', 'uploaded', 'queued', 'running', 'done', 'failed', 'cancelled')),
    format      jsonb,                            -- delimiter, encoding, header: as detected or corrected
    mapping     jsonb,                            -- column → field or attribute
    list_ids    uuid[] NOT NULL DEFAULT '{}',
    on_known    text NOT NULL DEFAULT 'fill' CHECK (on_known IN ('skip', 'fill', 'overwrite')),
    consent     text NOT NULL DEFAULT '',         -- how these people agreed, in the user's words
    bytes_done  bigint NOT NULL DEFAULT 0,        -- checkpoint: the next record begins here
    lines_done  bigint NOT NULL DEFAULT 0,        -- line number at the checkpoint
    rows_read   bigint NOT NULL DEFAULT 0,
    added       bigint NOT NULL DEFAULT 0,
    updated     bigint NOT NULL DEFAULT 0,
    unchanged   bigint NOT NULL DEFAULT 0,
    duplicate   bigint NOT NULL DEFAULT 0,
    rejected    bigint NOT NULL DEFAULT 0,
    fault       jsonb,                            -- why it failed: {kind, …} in words of our own
    runner      uuid,                             -- the process that runs it
    alive_at    timestamptz,                      -- its heartbeat
    created_at  timestamptz NOT NULL DEFAULT now(),
    started_at  timestamptz,
    finished_at timestamptz
);
CREATE INDEX imports_open ON imports (id) WHERE state IN ('uploading', 'queued', 'running');

CREATE TABLE import_chunks (
    import_id uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    n         integer NOT NULL,
    data      bytea NOT NULL,
    PRIMARY KEY (import_id, n)
);
ALTER TABLE import_chunks ALTER COLUMN data SET STORAGE EXTERNAL;   -- compressing would cost more than it saves

CREATE TABLE import_rejects (
    import_id uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    line      bigint NOT NULL,
    field     text NOT NULL,
    reason    text NOT NULL,                      -- a word of ours, translated when shown
    value     text NOT NULL,                      -- what stood there, cut to a readable length
    PRIMARY KEY (import_id, line)
);

-- Which contacts an import touched: their history, and how a second row of one address is known.
CREATE TABLE import_contacts (
    import_id  uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    contact_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    PRIMARY KEY (contact_id, import_id)
);

-- Where COPY puts a batch before it is merged. Emptied with each batch; one import runs at a time.
CREATE UNLOGGED TABLE import_rows (
    id         uuid NOT NULL,                     -- of the contact, if it is new
    line       bigint NOT NULL,
    email      text NOT NULL,
    name       text NOT NULL,
    language   text,
    time_zone  text,
    attributes jsonb NOT NULL
);
