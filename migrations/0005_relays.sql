-- SMTP servers that take our mail.

CREATE TABLE relays (
    id             uuid PRIMARY KEY,
    name           text NOT NULL,
    preset         text NOT NULL DEFAULT 'custom',
    host           text NOT NULL,
    port           integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
    security       text NOT NULL CHECK (security IN ('none', 'starttls', 'tls')),
    authentication text NOT NULL CHECK (authentication IN ('none', 'password')),
    username       text NOT NULL DEFAULT '',
    secret         bytea,                         -- sealed with a key from SEBAR_SECRET; never shown again
    ca_pem         text,                          -- a certificate authority of one's own
    from_allowed   text[] NOT NULL DEFAULT '{}',  -- addresses or @domains; empty: any
    per_second     double precision CHECK (per_second > 0),
    per_hour       integer CHECK (per_hour > 0),
    per_day        integer CHECK (per_day > 0),
    connections    integer NOT NULL DEFAULT 4 CHECK (connections BETWEEN 1 AND 200),
    enabled        boolean NOT NULL DEFAULT true,
    paused_at      timestamptz,                   -- by the sender, when the relay itself is at fault
    paused_until   timestamptz,                   -- when it is tried again
    pause_reason   jsonb,                         -- {kind, phase, code, text}
    faults         integer NOT NULL DEFAULT 0,    -- in a row; the wait doubles with each
    -- the pace, shared by all senders: see sebar-store's pace.rs
    next_slot      timestamptz NOT NULL DEFAULT now(),
    hour_started   timestamptz NOT NULL DEFAULT now(),
    hour_used      integer NOT NULL DEFAULT 0,
    day_started    timestamptz NOT NULL DEFAULT now(),
    day_used       integer NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX relays_name ON relays (lower(name));

-- What the built-in mail catcher received; the oldest are dropped past a limit.
CREATE UNLOGGED TABLE caught_mails (
    id          uuid PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now(),
    mail_from   text NOT NULL,
    rcpt_to     text[] NOT NULL,
    subject     text NOT NULL,
    size        integer NOT NULL,
    raw         bytea NOT NULL
);
