-- What is sent, to whom, and when.

CREATE TABLE templates (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    version_id  uuid,                             -- the newest
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz
);

CREATE TABLE template_versions (
    id          uuid PRIMARY KEY,
    template_id uuid NOT NULL REFERENCES templates ON DELETE CASCADE,
    n           integer NOT NULL,                 -- 1, 2, 3 … within the template
    subject     text NOT NULL DEFAULT '',
    preheader   text NOT NULL DEFAULT '',
    html        text NOT NULL DEFAULT '',
    text        text,                             -- NULL: made from the HTML
    created_by  uuid REFERENCES users ON DELETE SET NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (template_id, n)
);
ALTER TABLE templates ADD FOREIGN KEY (version_id) REFERENCES template_versions DEFERRABLE INITIALLY DEFERRED;

-- Frozen content: what the messages of a campaign are composed from. Never changed once made, so
-- that the archive can compose each message again and prove it by its digest.
CREATE TABLE contents (
    id              uuid PRIMARY KEY,
    no              bigint GENERATED ALWAYS AS IDENTITY UNIQUE,   -- short name for tracking tokens
    composer        smallint NOT NULL,            -- version of our composing rules
    subject         text NOT NULL,
    preheader       text NOT NULL,
    html            text NOT NULL,
    text            text,
    from_name       text NOT NULL,
    from_email      text NOT NULL,
    reply_to        text,
    tracking        text NOT NULL CHECK (tracking IN ('off', 'anonymous', 'individual')),
    site            jsonb NOT NULL,               -- public address, company … as they were
    template_version_id uuid,
    created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE campaigns (
    id            uuid PRIMARY KEY,
    name          text NOT NULL,
    state         text NOT NULL DEFAULT 'draft'
                  CHECK (state IN ('draft', 'scheduled', 'sending', 'paused', 'sent', 'cancelled')),
    -- audience
    list_ids          uuid[] NOT NULL DEFAULT '{}',
    excluded_list_ids uuid[] NOT NULL DEFAULT '{}',
    -- content as it is being written
    template_id   uuid REFERENCES templates ON DELETE SET NULL,
    template_version_id uuid REFERENCES template_versions ON DELETE SET NULL,
    subject       text NOT NULL DEFAULT '',
    preheader     text NOT NULL DEFAULT '',
    html          text NOT NULL DEFAULT '',
    text          text,
    from_name     text NOT NULL DEFAULT '',
    from_email    text NOT NULL DEFAULT '',
    reply_to      text NOT NULL DEFAULT '',
    tracking      text NOT NULL DEFAULT 'individual' CHECK (tracking IN ('off', 'anonymous', 'individual')),
    -- sending
    content_id    uuid REFERENCES contents,       -- set when it starts
    scheduled_at  timestamptz,
    time_zone     text,                           -- in which the schedule was given
    started_at    timestamptz,
    finished_at   timestamptz,
    audience_size bigint,                         -- counted at the start: what the progress is out of, until planned
    plan_cursor   uuid,                           -- last contact that was planned
    planned_at    timestamptz,                    -- when the last message was planned
    created_by    uuid REFERENCES users ON DELETE SET NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CHECK (state IN ('draft', 'scheduled', 'cancelled') OR content_id IS NOT NULL)
);
CREATE INDEX campaigns_active ON campaigns (id) WHERE state IN ('scheduled', 'sending');

-- Kept in the same transaction as what it counts; apart from `campaigns`, so that the many updates stay small.
CREATE TABLE campaign_counts (
    campaign_id  uuid PRIMARY KEY REFERENCES campaigns ON DELETE CASCADE,
    planned      bigint NOT NULL DEFAULT 0,       -- messages made, in whatever state
    sent         bigint NOT NULL DEFAULT 0,
    failed       bigint NOT NULL DEFAULT 0,
    suppressed   bigint NOT NULL DEFAULT 0,
    cancelled    bigint NOT NULL DEFAULT 0,
    in_doubt     bigint NOT NULL DEFAULT 0,
    opened       bigint NOT NULL DEFAULT 0,       -- people (individual) 
    clicked      bigint NOT NULL DEFAULT 0,
    opens        bigint NOT NULL DEFAULT 0,       -- hits
    clicks       bigint NOT NULL DEFAULT 0,
    unsubscribed bigint NOT NULL DEFAULT 0,
    bounced      bigint NOT NULL DEFAULT 0,
    complained   bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);                         -- room for HOT updates

-- The tracked links of a content, in the order in which its tokens number them, with their hits.
CREATE TABLE content_links (
    content_id uuid NOT NULL REFERENCES contents ON DELETE CASCADE,
    n          integer NOT NULL,
    url        text NOT NULL,                     -- may hold template expressions
    clicks     bigint NOT NULL DEFAULT 0,
    people     bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (content_id, n)
);
