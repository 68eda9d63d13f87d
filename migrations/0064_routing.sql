-- Which relays carry which mail: pools of relays, and rules that lead mail to them. Without any, each
-- relay carries whatever its addresses allow.

CREATE TABLE pools (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    -- Relays of one rank share the mail by their weights; otherwise each takes what it can.
    by_weight  boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX pools_name ON pools (lower(name));

CREATE TABLE pool_relays (
    pool_id  uuid NOT NULL REFERENCES pools ON DELETE CASCADE,
    relay_id uuid NOT NULL REFERENCES relays ON DELETE CASCADE,
    rank     smallint NOT NULL DEFAULT 1 CHECK (rank BETWEEN 1 AND 9),     -- 1 carries; 2 when no 1 can; …
    weight   smallint NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 100),
    PRIMARY KEY (pool_id, relay_id)
);

-- The most telling rule wins: one that names the domain, then one that names the stream.
CREATE TABLE routes (
    id          uuid PRIMARY KEY,
    stream      text CHECK (stream IN ('campaign', 'transactional', 'test')),  -- NULL: any
    from_domain text,                                                          -- in lower case; NULL: any
    pool_id     uuid NOT NULL REFERENCES pools ON DELETE CASCADE,
    UNIQUE NULLS NOT DISTINCT (stream, from_domain)
);

-- A campaign's own choice outranks the rules. A pool that a campaign still needs cannot go.
ALTER TABLE campaigns ADD COLUMN pool_id uuid REFERENCES pools;

ALTER TABLE queue
    -- Of mail of no campaign: the pool that it was asked to go over.
    ADD COLUMN pool_id     uuid,
    -- Relays that did not want this message, and until when they leave it to others.
    ADD COLUMN avoid       uuid[],
    ADD COLUMN avoid_until timestamptz;
-- What a fallback looks for while those before it work.
CREATE INDEX queue_detours ON queue (campaign_id, due_at, message_id) WHERE sender_id IS NULL AND avoid IS NOT NULL;

ALTER TABLE relays
    -- Its quota is used up until then.
    ADD COLUMN parked_until timestamptz,
    -- Messages a second since it asked to slow down, what it took before, and when that changed last.
    ADD COLUMN slow_rate    float8 CHECK (slow_rate > 0),
    ADD COLUMN slow_from    float8,
    ADD COLUMN slowed_at    timestamptz,
    -- Warm-up of a new address: so many in the first 24 hours, so many per cent more in each that
    -- follow, until the last.
    ADD COLUMN warmup_start  integer CHECK (warmup_start > 0),
    ADD COLUMN warmup_growth float8 CHECK (warmup_growth > 0),
    ADD COLUMN warmup_cap    integer CHECK (warmup_cap > 0),
    ADD COLUMN warmup_since  timestamptz,
    ADD CHECK (num_nulls(warmup_start, warmup_growth, warmup_cap, warmup_since) IN (0, 4));
