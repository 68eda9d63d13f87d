-- What a campaign's report reads, so that it never scans the campaign's messages while somebody waits.

-- Opens and clicks by the hour, kept with campaign_counts in the same transaction. (Hits that tell
-- nobody stand in anonymous_hits by the hour already.)
CREATE TABLE campaign_hours (
    campaign_id uuid NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    hour        timestamptz NOT NULL,
    opens       bigint NOT NULL DEFAULT 0,        -- hits
    clicks      bigint NOT NULL DEFAULT 0,
    opened      bigint NOT NULL DEFAULT 0,        -- people, by the hour of their first
    clicked     bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (campaign_id, hour)
) WITH (fillfactor = 70);                         -- the latest hour changes with every batch of hits

INSERT INTO campaign_hours (campaign_id, hour, opens, clicks)
SELECT m.campaign_id, date_trunc('hour', e.at), count(*) FILTER (WHERE e.kind = 'open'), count(*) FILTER (WHERE e.kind = 'click')
  FROM message_events e JOIN messages m ON m.id = e.message_id JOIN campaigns c ON c.id = m.campaign_id
 WHERE e.kind IN ('open', 'click')
 GROUP BY 1, 2;

-- By recipient domain and by reason: counted in the background when somebody looks and something
-- has happened since. `basis` is what campaign_counts added up to then.
CREATE TABLE campaign_breakdowns (
    campaign_id uuid PRIMARY KEY REFERENCES campaigns ON DELETE CASCADE,
    counted_at  timestamptz NOT NULL,
    took_ms     integer NOT NULL,
    basis       bigint NOT NULL,
    domains     jsonb NOT NULL,
    reasons     jsonb NOT NULL
);

-- Who opened (who clicked has opened too) and who unsubscribed, among the many who did not.
CREATE INDEX messages_opened ON messages (campaign_id, id) WHERE opened_at IS NOT NULL;
CREATE INDEX messages_unsubscribed ON messages (campaign_id, id) WHERE unsubscribed_at IS NOT NULL;
