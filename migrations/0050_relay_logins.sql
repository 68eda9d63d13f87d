-- Relays that are logged in to by access tokens (XOAUTH2): where a token is had, and who asks for it.
-- The refresh token is kept where a password would be, in `secret`. A process of the version before
-- takes such a relay for one without login, is refused by it, and lets it rest.
ALTER TABLE relays DROP CONSTRAINT relays_authentication_check;
ALTER TABLE relays ADD CONSTRAINT relays_authentication_check
    CHECK (authentication IN ('none', 'password', 'oauth2'));

ALTER TABLE relays
    ADD COLUMN token_url     text NOT NULL DEFAULT '',  -- RFC 6749 §3.2
    ADD COLUMN token_scope   text NOT NULL DEFAULT '',  -- RFC 6749 §3.3; empty: what was granted
    ADD COLUMN client_id     text NOT NULL DEFAULT '',
    ADD COLUMN client_secret bytea;                     -- sealed; public clients have none
