-- Programs change what users change: who did it is a user or a key.

ALTER TABLE contact_events ADD COLUMN api_key_id uuid;
ALTER TABLE audit ADD COLUMN api_key_id uuid;

ALTER TABLE api_keys DROP CONSTRAINT api_keys_scopes_check;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_scopes_check
    CHECK (scopes <> '{}' AND scopes <@ ARRAY[
        'emails:send', 'emails:read', 'contacts:write', 'contacts:read', 'suppressions:write', 'suppressions:read']);

-- The pool that an email is to go over: asked for again when it is sent again.
ALTER TABLE emails ADD COLUMN pool_id uuid;
