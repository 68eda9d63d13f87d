-- Addresses of ours that providers call when mail comes back to them. Two secrets belong to each, both sealed
-- and not hashed: an owner looks them up again to paste them at the provider, and signatures are checked with
-- the key itself.
CREATE TABLE provider_hooks (
    id         uuid PRIMARY KEY,
    provider   text NOT NULL CHECK (provider IN ('ses', 'sendgrid', 'mailgun', 'postmark', 'brevo', 'sparkpost', 'generic')),
    name       text NOT NULL,
    secret     bytea NOT NULL,              -- the last part of the address, sealed for `hook:<id>:address`
    credential bytea,                       -- the provider's key or our token, sealed for `hook:<id>:credential`
    topic      text NOT NULL DEFAULT '',    -- Amazon SNS: the one topic that may call; empty: the first confirmed one
    enabled    boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- how it fares
    called_at  timestamptz,                 -- the last call that was taken
    calls      bigint NOT NULL DEFAULT 0,   -- calls that were taken
    events     bigint NOT NULL DEFAULT 0,   -- what was new in them
    fault      text NOT NULL DEFAULT '',    -- why the last call that was refused was refused
    fault_at   timestamptz
);
