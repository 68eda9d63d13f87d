-- Which attributes contacts have: the variables that a template may use. Kept by the triggers below,
-- since asking a million contacts for it at every keystroke in the editor would take too long.
-- A key stays when its last contact goes: harmless, it is only offered and never promised.

CREATE TABLE attribute_keys (
    key      text PRIMARY KEY,
    added_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO attribute_keys (key) SELECT DISTINCT jsonb_object_keys(attributes) FROM contacts;

CREATE FUNCTION note_attribute_keys() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    known text[] := ARRAY(SELECT key FROM attribute_keys);
BEGIN
    -- Taking the known keys away leaves nothing of nearly every row, so that few are taken apart.
    INSERT INTO attribute_keys (key)
    SELECT DISTINCT k.key
      FROM changed c CROSS JOIN LATERAL jsonb_object_keys(c.attributes) AS k (key)
     WHERE c.attributes - known <> '{}' AND k.key <> ALL (known)
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER contacts_added_keys AFTER INSERT ON contacts
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_attribute_keys();
CREATE TRIGGER contacts_changed_keys AFTER UPDATE ON contacts
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_attribute_keys();
