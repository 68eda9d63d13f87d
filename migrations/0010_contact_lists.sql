-- Contacts in order of their names. Cut, since an index entry is bounded and a name is not; the id
-- decides between equals, so that pages have a key.
CREATE INDEX contacts_name ON contacts (left(lower(name), 60), id);

-- Joining and leaving a list belongs to a contact's history.
ALTER TABLE contact_events DROP CONSTRAINT contact_events_kind_check;
ALTER TABLE contact_events ADD CONSTRAINT contact_events_kind_check CHECK (kind IN
    ('created', 'edited', 'listed', 'unlisted', 'unsubscribed', 'resubscribed', 'suppressed', 'unsuppressed'));

-- The suppression list, newest first, and found by any part of an address.
CREATE INDEX suppressions_newest ON suppressions (created_at, email);
CREATE INDEX suppressions_search ON suppressions USING gin (email gin_trgm_ops);
