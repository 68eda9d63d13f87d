-- Mails and files are compressed by LZ4: a tenth of the time of pglz, at nearly its ratio. A Postgres
-- that was built without it (or is older than 14) goes on as before.
DO $$
BEGIN
    EXECUTE 'ALTER TABLE emails ALTER COLUMN mime SET COMPRESSION lz4';
    EXECUTE 'ALTER TABLE blobs ALTER COLUMN bytes SET COMPRESSION lz4';
    EXECUTE 'ALTER TABLE returned_mails ALTER COLUMN raw SET COMPRESSION lz4';
EXCEPTION
    WHEN feature_not_supported OR syntax_error OR invalid_parameter_value THEN NULL;
END $$;
