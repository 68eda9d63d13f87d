-- What the sender needs beside the queue itself.

-- A relay's use by the minute. A quota of an hour or a day holds for every window of that length,
-- not only from one full hour to the next; a fixed window would let twice its quota through.
CREATE TABLE relay_usage (
    relay_id uuid NOT NULL REFERENCES relays ON DELETE CASCADE,
    minute   timestamptz NOT NULL,
    used     integer NOT NULL,
    PRIMARY KEY (relay_id, minute)
);
ALTER TABLE relays DROP COLUMN hour_started, DROP COLUMN hour_used, DROP COLUMN day_started, DROP COLUMN day_used;

-- Set by the sender when every message of a campaign that is over is in a terminal state.
ALTER TABLE campaigns ADD COLUMN settled_at timestamptz;
CREATE INDEX campaigns_unsettled ON campaigns (id) WHERE state IN ('sending', 'cancelled') AND settled_at IS NULL;

-- The campaign that a test mail tries out. Its headers name it, its report does not count the mail.
ALTER TABLE messages ADD COLUMN test_of uuid;
