-- Return paths that were left: what was sent with one may come back to it for some weeks still.
CREATE TABLE former_return_paths (
    address text PRIMARY KEY,
    left_at timestamptz NOT NULL DEFAULT now()
);

-- What came back, counted by quarters of an hour, which make days in any time zone: a month of a million
-- bounces is read from some thousand rows.
CREATE TABLE bounce_counts (
    slot        timestamptz NOT NULL,             -- of bounces.at
    kind        text NOT NULL,
    campaign_id uuid NOT NULL,                    -- zeros: of no campaign
    n           bigint NOT NULL,
    PRIMARY KEY (slot, kind, campaign_id)
) WITH (fillfactor = 70);
INSERT INTO bounce_counts (slot, kind, campaign_id, n)
SELECT date_bin('15 minutes', at, 'epoch'), kind, coalesce(campaign_id, '00000000-0000-0000-0000-000000000000'), count(*)
  FROM bounces WHERE at > now() - interval '40 days' GROUP BY 1, 2, 3;

-- A campaign's numbers are counted from its index alone. The table is as new as this release.
DROP INDEX bounces_campaign;
CREATE INDEX bounces_campaign ON bounces (campaign_id, id) INCLUDE (message_id, kind, reason, domain)
    WHERE campaign_id IS NOT NULL;
