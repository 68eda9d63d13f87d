-- The body of a mail that came by SMTP stands once, however often it is handed in. Its header, which
-- names this one mail, stays in `mime`.
ALTER TABLE emails ADD COLUMN body bytea;                    -- SHA-256: a blob that follows `mime`; NULL: none
-- Bodies are text; what is compressed already is found to be so by its beginning.
ALTER TABLE blobs ALTER COLUMN bytes SET STORAGE EXTENDED;
-- They go piece by piece.
CREATE INDEX blobs_used ON blobs (used_at);
