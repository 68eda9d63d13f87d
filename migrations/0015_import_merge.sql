-- What an import's result page tells besides its counts: how many of its people are not mailed.
ALTER TABLE imports ADD COLUMN unsubscribed bigint NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN suppressed bigint NOT NULL DEFAULT 0;

-- The contact that has a row's address already, found once and used by each step of the merge.
ALTER TABLE import_rows ADD COLUMN known uuid;
