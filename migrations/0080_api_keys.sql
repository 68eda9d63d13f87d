-- Keys by which programs call the API (and later log in to submission).

CREATE TABLE api_keys (
    id           uuid PRIMARY KEY,
    name         text NOT NULL,
    prefix       text NOT NULL,                   -- how the key begins, to recognise it by
    hash         bytea NOT NULL UNIQUE,           -- SHA-256 of the key, whose 238 random bits need no salt
    scopes       text[] NOT NULL
                 CHECK (scopes <> '{}' AND scopes <@ ARRAY['emails:send', 'emails:read']),
    from_domains text[] NOT NULL DEFAULT '{}',    -- in lower case; empty: any
    networks     text[] NOT NULL DEFAULT '{}',    -- addresses and CIDR blocks it may be used from; empty: any
    per_minute   integer CHECK (per_minute > 0),  -- requests; NULL: as many as come
    expires_at   timestamptz,
    created_by   uuid,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,                     -- to the minute, so that a busy key is not written all the time
    revoked_at   timestamptz
);
