-- Whom we may mail.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE contacts (
    id              uuid PRIMARY KEY,
    email           text NOT NULL,               -- as given, domain in lower-case A-labels
    name            text NOT NULL DEFAULT '',
    attributes      jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    language        text,                        -- BCP 47, as the mail's templates see it
    time_zone       text,                        -- IANA name
    unsubscribed_at timestamptz,                 -- from everything; only the person or a user sets or lifts it
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
-- The normal form is all lower case (sebar_domain::Address::key).
CREATE UNIQUE INDEX contacts_email ON contacts (lower(email));
-- Search finds any part of an address or a name.
CREATE INDEX contacts_search ON contacts USING gin ((lower(email) || ' ' || lower(name)) gin_trgm_ops);

CREATE TABLE lists (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    description text NOT NULL DEFAULT '',
    members     bigint NOT NULL DEFAULT 0,       -- kept by the triggers below
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX lists_name ON lists (lower(name));

CREATE TABLE list_members (
    list_id    uuid NOT NULL REFERENCES lists ON DELETE CASCADE,
    contact_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    added_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (list_id, contact_id)            -- in this order the planner walks an audience by key
);
CREATE INDEX list_members_contact ON list_members (contact_id);

-- Sizes of large sets, counted as they change: count(*) over a million rows takes too long for a page.
CREATE TABLE tallies (
    name  text PRIMARY KEY,
    value bigint NOT NULL DEFAULT 0
);
INSERT INTO tallies (name) VALUES ('contacts');

CREATE FUNCTION count_list_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE lists l SET members = members + d.n
          FROM (SELECT list_id, count(*) AS n FROM changed GROUP BY list_id) d WHERE l.id = d.list_id;
    ELSE
        UPDATE lists l SET members = members - d.n
          FROM (SELECT list_id, count(*) AS n FROM changed GROUP BY list_id) d WHERE l.id = d.list_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER list_members_added AFTER INSERT ON list_members
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_list_members();
CREATE TRIGGER list_members_removed AFTER DELETE ON list_members
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_list_members();

CREATE FUNCTION count_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    SELECT count(*) INTO n FROM changed;
    IF n > 0 THEN
        UPDATE tallies SET value = value + CASE TG_OP WHEN 'INSERT' THEN n ELSE -n END WHERE name = 'contacts';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contacts_added AFTER INSERT ON contacts
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_contacts();
CREATE TRIGGER contacts_removed AFTER DELETE ON contacts
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_contacts();

-- Addresses that are never mailed, whether or not they are contacts.
CREATE TABLE suppressions (
    email      text PRIMARY KEY,                 -- normal form
    reason     text NOT NULL CHECK (reason IN ('manual', 'hard_bounce', 'complaint', 'import')),
    note       text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid REFERENCES users ON DELETE SET NULL
);

-- What happened to a contact besides mail: unsubscribed, resubscribed, suppressed, edited ...
CREATE TABLE contact_events (
    id         uuid PRIMARY KEY,
    contact_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    at         timestamptz NOT NULL DEFAULT now(),
    kind       text NOT NULL CHECK (kind IN ('created', 'edited', 'unsubscribed', 'resubscribed', 'suppressed', 'unsuppressed')),
    user_id    uuid REFERENCES users ON DELETE SET NULL,
    message_id uuid,                             -- the mail whose link was used
    details    jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX contact_events_contact ON contact_events (contact_id, id);
