-- What comes back: mails at our return path and in mailboxes, calls of providers, and the relays' own
-- refusals; what they say, and what follows for the address.

-- Mailboxes that are looked into for what came back.
CREATE TABLE mailboxes (
    id            uuid PRIMARY KEY,
    name          text NOT NULL,
    protocol      text NOT NULL CHECK (protocol IN ('imap', 'pop3')),
    host          text NOT NULL,
    port          integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
    security      text NOT NULL CHECK (security IN ('tls', 'starttls', 'none')),
    username      text NOT NULL,
    password      bytea NOT NULL,                 -- sealed for `mailbox:<id>`
    ca            text NOT NULL DEFAULT '',       -- PEM: a certificate authority of one's own
    folder        text NOT NULL DEFAULT 'INBOX',  -- IMAP alone
    done_folder   text NOT NULL DEFAULT '',       -- IMAP: processed mail is moved there; empty: it is marked as read
    keep          boolean NOT NULL DEFAULT false, -- POP3: processed mail stays on the server
    every_seconds integer NOT NULL DEFAULT 60 CHECK (every_seconds BETWEEN 10 AND 86400),
    enabled       boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now(),
    -- how it fares
    leased_until  timestamptz,                    -- while a process looks into it
    polled_at     timestamptz,                    -- when it was looked into last, with or without success
    succeeded_at  timestamptz,
    fault         text NOT NULL DEFAULT '',       -- of the last look; empty: all was well
    taken         bigint NOT NULL DEFAULT 0       -- mails so far
);

-- Messages of a POP3 server (RFC 1939 §7, UIDL) that were stored and may stand there still.
CREATE TABLE mailbox_seen (
    mailbox_id uuid NOT NULL REFERENCES mailboxes ON DELETE CASCADE,
    uid        text NOT NULL,
    seen_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (mailbox_id, uid)
);

-- Mails that came back, as they came. A mail that comes twice is one.
CREATE TABLE returned_mails (
    id          uuid PRIMARY KEY,                 -- UUIDv7: when it came
    digest      bytea NOT NULL UNIQUE,            -- SHA-256
    road        text NOT NULL CHECK (road IN ('smtp', 'imap', 'pop3', 'webhook')),
    mailbox_id  uuid,
    envelope_to text NOT NULL DEFAULT '',
    kind        text NOT NULL,                    -- what it says as a whole
    sender      text NOT NULL DEFAULT '',         -- its From
    subject     text NOT NULL DEFAULT '',
    raw         bytea NOT NULL
);
CREATE INDEX returned_mails_kind ON returned_mails (kind, id);

-- What was said of one address, by a mail, a provider or a relay. Each is recorded once.
CREATE TABLE bounces (
    id            uuid PRIMARY KEY,               -- UUIDv7: when we heard of it
    key           bytea NOT NULL UNIQUE,          -- SHA-256 of what tells it from all others
    kind          text NOT NULL CHECK (kind IN ('hard', 'soft', 'blocked', 'other', 'complaint', 'delayed', 'auto_reply', 'delivered')),
    reason        text NOT NULL DEFAULT 'unknown',
    confidence    smallint NOT NULL,
    at            timestamptz NOT NULL,           -- when it happened, as far as that is told
    road          text NOT NULL CHECK (road IN ('smtp', 'imap', 'pop3', 'webhook', 'relay')),
    source        text NOT NULL DEFAULT '',       -- which webhook, mailbox or relay
    mail_id       uuid REFERENCES returned_mails ON DELETE SET NULL,
    -- Which message it is about, and how that is known.
    matched_by    text CHECK (matched_by IN ('token', 'message_id', 'relay', 'recipient')),
    message_id    uuid,
    campaign_id   uuid,
    contact_id    uuid,
    -- Whether it may count against the address: nobody else could have said it.
    trusted       boolean NOT NULL,
    -- What it counts as for the address: a forwarding that broke is not the address's death.
    counts_as     text,
    address       text NOT NULL DEFAULT '',       -- normal form; of the message, where it is known
    domain        text NOT NULL GENERATED ALWAYS AS (split_part(address, '@', 2)) STORED,
    final_address text NOT NULL DEFAULT '',       -- where the mail went in the end
    enhanced_code text,
    reply_code    smallint,
    reply         text NOT NULL DEFAULT '',
    reporting_mta text NOT NULL DEFAULT '',
    remote_mta    text NOT NULL DEFAULT '',
    CHECK ((matched_by IS NULL) = (message_id IS NULL))
);
CREATE INDEX bounces_kind ON bounces (kind, id);
CREATE INDEX bounces_message ON bounces (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX bounces_campaign ON bounces (campaign_id, id) WHERE campaign_id IS NOT NULL;
CREATE INDEX bounces_address ON bounces (address text_pattern_ops, id);
CREATE INDEX bounces_domain ON bounces (domain, id);
CREATE INDEX bounces_mail ON bounces (mail_id) WHERE mail_id IS NOT NULL;

-- Suppressions: an address, or `@` and a domain; for a reason, from a source, perhaps for a time.
ALTER TABLE suppressions DROP CONSTRAINT suppressions_reason_check;
ALTER TABLE suppressions
    ADD CONSTRAINT suppressions_reason_check
        CHECK (reason IN ('manual', 'hard_bounce', 'soft_bounces', 'complaint', 'import', 'unsubscribed')),
    ADD COLUMN source text NOT NULL DEFAULT '',   -- which road, program or file
    ADD COLUMN until timestamptz,                 -- NULL: for good
    ADD COLUMN bounce_id uuid;                    -- what it follows from
CREATE INDEX suppressions_until ON suppressions (until) WHERE until IS NOT NULL;

-- What an address may stand on the suppression list as: itself, or its domain.
CREATE FUNCTION suppression_keys(address text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY[lower(address), '@' || split_part(lower(address), '@', 2)]
$$;

-- What happened to entries of the suppression list.
CREATE TABLE suppression_history (
    id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email     text NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(),
    what      text NOT NULL CHECK (what IN ('added', 'changed', 'lifted', 'expired')),
    reason    text NOT NULL,
    source    text NOT NULL DEFAULT '',
    note      text NOT NULL DEFAULT '',
    until     timestamptz,
    bounce_id uuid,
    user_id   uuid REFERENCES users ON DELETE SET NULL
);
CREATE INDEX suppression_history_email ON suppression_history (email, at);

-- Written by whoever adds or changes an entry; who takes one away says why in a row of its own.
CREATE FUNCTION note_suppression() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO suppression_history (email, what, reason, source, note, until, bounce_id, user_id)
    VALUES (NEW.email, CASE TG_OP WHEN 'INSERT' THEN 'added' ELSE 'changed' END, NEW.reason, NEW.source, NEW.note,
            NEW.until, NEW.bounce_id, NEW.created_by);
    RETURN NULL;
END $$;
CREATE TRIGGER suppressions_noted AFTER INSERT OR UPDATE ON suppressions
    FOR EACH ROW EXECUTE FUNCTION note_suppression();

ALTER TABLE settings
    -- Where mail that cannot be delivered goes back to; empty: to the sender's address.
    ADD COLUMN return_path text NOT NULL DEFAULT '',
    -- Whether each message has a mark of its own in it: bounces+MARK@example.com.
    ADD COLUMN return_path_marked boolean NOT NULL DEFAULT true,
    -- So many soft bounces within so many days suppress an address; NULL: never.
    ADD COLUMN soft_bounces smallint DEFAULT 5 CHECK (soft_bounces BETWEEN 1 AND 100),
    ADD COLUMN soft_days smallint NOT NULL DEFAULT 30 CHECK (soft_days BETWEEN 1 AND 365);

-- Which of two reasons stands: the graver one.
CREATE FUNCTION suppression_rank(reason text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_position(ARRAY['unsubscribed', 'soft_bounces', 'hard_bounce', 'complaint', 'import', 'manual'], reason)
$$;

-- Whole domains stand on the list too; they are few.
CREATE INDEX suppressions_domains ON suppressions (email) WHERE left(email, 1) = '@';
CREATE VIEW suppressed_contacts AS
    SELECT c.id FROM suppressions s JOIN contacts c ON lower(c.email) = s.email
    UNION
    SELECT c.id FROM suppressions s JOIN contacts c ON '@' || split_part(lower(c.email), '@', 2) = s.email
     WHERE left(s.email, 1) = '@';
