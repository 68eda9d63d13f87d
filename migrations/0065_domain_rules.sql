-- Limits for mail to the big receivers, over all relays and senders together.
CREATE TABLE domain_rules (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    domains     text[] NOT NULL,                     -- in lower case; `*` stands for anything
    connections integer CHECK (connections > 0),     -- messages under way at once; NULL: any number
    per_second  float8 CHECK (per_second > 0),       -- NULL: any rate
    next_slot   timestamptz NOT NULL DEFAULT now(),
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX domain_rules_name ON domain_rules (lower(name));

INSERT INTO domain_rules (id, name, domains, connections) VALUES
    (gen_random_uuid(), 'Gmail', '{gmail.com,googlemail.com}', 20),
    (gen_random_uuid(), 'Yahoo', '{yahoo.*,ymail.com,rocketmail.com,aol.com}', 10),
    (gen_random_uuid(), 'Outlook', '{outlook.*,hotmail.*,live.*,msn.com}', 10);
