-- People who log in, and the company they work for.

CREATE TABLE users (
    id            uuid PRIMARY KEY,
    email         text NOT NULL,
    name          text NOT NULL,
    password_hash text NOT NULL,                 -- argon2id, PHC string
    role          text NOT NULL CHECK (role IN ('viewer', 'editor', 'owner')),
    language      text CHECK (language IN ('en', 'id')),   -- NULL: as the browser asks
    time_zone     text NOT NULL DEFAULT 'UTC',   -- IANA name
    theme         text NOT NULL DEFAULT 'auto' CHECK (theme IN ('auto', 'light', 'dark')),
    created_at    timestamptz NOT NULL DEFAULT now(),
    disabled_at   timestamptz
);
CREATE UNIQUE INDEX users_email ON users (lower(email));

-- Only a hash of the cookie's token is kept: a copy of this table logs nobody in.
CREATE TABLE sessions (
    token_hash   bytea PRIMARY KEY,              -- SHA-256
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    flash        jsonb                            -- a notice for the next page, shown once
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Failed logins, counted by address and by network for throttling.
CREATE TABLE login_failures (
    subject text NOT NULL,                       -- 'email:…' or 'ip:…'
    at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_failures_subject ON login_failures (subject, at);

-- One row: what holds for the whole installation.
CREATE TABLE settings (
    single          boolean PRIMARY KEY DEFAULT true CHECK (single),
    company         text NOT NULL DEFAULT '',
    company_address text NOT NULL DEFAULT '',    -- postal address for the mail's footer
    time_zone       text NOT NULL DEFAULT 'UTC',
    from_name       text NOT NULL DEFAULT '',
    from_email      text NOT NULL DEFAULT '',
    tracking        text NOT NULL DEFAULT 'individual' CHECK (tracking IN ('off', 'anonymous', 'individual')),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
INSERT INTO settings DEFAULT VALUES;

-- Who changed what.
CREATE TABLE audit (
    id      uuid PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    user_id uuid REFERENCES users ON DELETE SET NULL,
    action  text NOT NULL,                       -- 'campaign.paused', 'relay.created' ...
    subject text,                                -- id of what was changed
    details jsonb NOT NULL DEFAULT '{}'
);
