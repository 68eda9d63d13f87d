-- What programs are told: each event is a call to a webhook, made until it is answered with 2xx.

CREATE TABLE webhooks (
    id            uuid PRIMARY KEY,
    url           text NOT NULL,
    description   text NOT NULL DEFAULT '',
    events        text[] NOT NULL CHECK (events <> '{}'),
    campaigns     boolean NOT NULL DEFAULT true,  -- whether it is told of campaigns' mails too
    secret        bytea NOT NULL,                 -- sealed for `webhook:<id>`
    old_secret    bytea,                          -- signs as well, until then
    old_until     timestamptz,
    enabled       boolean NOT NULL DEFAULT true,
    disabled_why  text CHECK (disabled_why IN ('failing', 'gone')),  -- NULL: a person did it, or it is enabled
    created_at    timestamptz NOT NULL DEFAULT now(),
    -- how it fares
    leased_by     uuid,                           -- the process that calls it
    leased_until  timestamptz,
    failures      integer NOT NULL DEFAULT 0,     -- calls that failed since the last that went well
    failing_since timestamptz,
    not_before    timestamptz,                    -- while it fails
    succeeded_at  timestamptz,
    fault         text NOT NULL DEFAULT ''        -- of the last call, in English; empty: it went well
);

-- Asked by every statement that records something, also by those of pools that scan no tables.
CREATE INDEX webhooks_enabled ON webhooks (id) WHERE enabled;

-- One call for each event and webhook. No foreign keys: a row is written in the transactions that
-- record what became of mail, which must not wait for a webhook's row.
CREATE TABLE webhook_events (
    n           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- the order of events
    webhook_id  uuid NOT NULL,
    id          uuid NOT NULL DEFAULT gen_random_uuid(),          -- `webhook-id`
    kind        text NOT NULL,
    subject     uuid NOT NULL,                    -- message, contact or campaign: its events come in order
    at          timestamptz NOT NULL DEFAULT now(),
    facts       jsonb NOT NULL DEFAULT '{}',      -- what was known of it then
    state       text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts    smallint NOT NULL DEFAULT 0,
    due_at      timestamptz NOT NULL DEFAULT now(),
    -- the last call
    tried_at    timestamptz,
    duration_ms integer,
    status      smallint,                         -- NULL: there was no answer
    body        text,                             -- as it was sent, and is sent again
    answer      text NOT NULL DEFAULT ''          -- the answer's beginning, or what went wrong
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000);
CREATE INDEX webhook_events_due ON webhook_events (webhook_id, due_at, n) WHERE state = 'pending';
CREATE INDEX webhook_events_subject ON webhook_events (webhook_id, subject, n) WHERE state = 'pending';
CREATE INDEX webhook_events_log ON webhook_events (webhook_id, n);
CREATE INDEX webhook_events_trouble ON webhook_events (webhook_id, n) WHERE state <> 'delivered';

-- Contacts: what stands in their history. Imports write no history, and tell nobody.
CREATE FUNCTION tell_of_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO webhook_events (webhook_id, kind, subject, facts)
    SELECT w.id, k.kind, e.contact_id, e.details
      FROM new_events e
     CROSS JOIN LATERAL (SELECT 'contact.' || CASE WHEN e.kind IN ('edited', 'listed', 'unlisted') THEN 'updated'
                                                   ELSE e.kind END) k (kind)
      JOIN webhooks w ON w.enabled AND k.kind = ANY (w.events)
     WHERE EXISTS (SELECT FROM webhooks WHERE enabled)
     ORDER BY e.id;
    RETURN NULL;
END $$;
CREATE TRIGGER contact_events_told AFTER INSERT ON contact_events
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION tell_of_contacts();

CREATE FUNCTION tell_of_deleted_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO webhook_events (webhook_id, kind, subject, facts)
    SELECT w.id, 'contact.deleted', c.id, jsonb_build_object('email', c.email)
      FROM deleted c JOIN webhooks w ON w.enabled AND 'contact.deleted' = ANY (w.events)
     WHERE EXISTS (SELECT FROM webhooks WHERE enabled);
    RETURN NULL;
END $$;
CREATE TRIGGER contacts_deleted_told AFTER DELETE ON contacts
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION tell_of_deleted_contacts();

-- Campaigns: where they stand, whoever moved them.
CREATE FUNCTION tell_of_campaign() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO webhook_events (webhook_id, kind, subject, facts)
    SELECT w.id, k.kind, NEW.id, '{}'
      FROM (SELECT 'campaign.' || CASE WHEN NEW.state = 'draft' THEN 'unscheduled'
                                       WHEN NEW.state = 'sending' AND OLD.state = 'paused' THEN 'resumed'
                                       WHEN NEW.state = 'sending' THEN 'started'
                                       ELSE NEW.state END) k (kind)
      JOIN webhooks w ON w.enabled AND k.kind = ANY (w.events);
    RETURN NULL;
END $$;
CREATE TRIGGER campaigns_told AFTER UPDATE OF state ON campaigns
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION tell_of_campaign();

ALTER TABLE api_keys DROP CONSTRAINT api_keys_scopes_check;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_scopes_check
    CHECK (scopes <> '{}' AND array_to_string(scopes, ' ') ~ '^[a-z_]+:[a-z]+( [a-z_]+:[a-z]+)*$');
