-- A campaign's own pace: how many messages an hour, and at which hours of the day.
ALTER TABLE campaigns
    ADD COLUMN per_hour    integer CHECK (per_hour > 0),
    -- Minutes of the day in `window_zone`; from after `window_to`: over midnight.
    ADD COLUMN window_from smallint CHECK (window_from BETWEEN 0 AND 1439),
    ADD COLUMN window_to   smallint CHECK (window_to BETWEEN 0 AND 1439),
    ADD COLUMN window_zone text,
    ADD CHECK (num_nulls(window_from, window_to, window_zone) IN (0, 3)),
    ADD CHECK (window_from <> window_to);

-- The next free slot of a campaign that has a limit; apart from `campaigns`, whose row a planner holds.
CREATE TABLE campaign_slots (
    campaign_id uuid PRIMARY KEY REFERENCES campaigns ON DELETE CASCADE,
    next_slot   timestamptz NOT NULL
);
