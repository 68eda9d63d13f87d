-- Two more limits of a relay. The one per minute spaces messages out as the one per second does, so
-- that no minute, wherever it begins, sees more; the other says when a connection is renewed.
ALTER TABLE relays
    ADD COLUMN per_minute     integer CHECK (per_minute > 0),
    ADD COLUMN per_connection integer NOT NULL DEFAULT 1000 CHECK (per_connection BETWEEN 1 AND 1000000);
