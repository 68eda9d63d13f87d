-- Two foreign keys cost an import a fifth of its time: a check for each row of what its own transaction
-- has just written or locked. Contacts still take their rows along when they are deleted; imports that
-- brought contacts in are never deleted.
ALTER TABLE import_contacts DROP CONSTRAINT import_contacts_import_id_fkey;
ALTER TABLE import_contacts DROP CONSTRAINT import_contacts_contact_id_fkey;

CREATE FUNCTION forget_import_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM import_contacts i USING changed WHERE i.contact_id = changed.id;
    RETURN NULL;
END $$;
CREATE TRIGGER contacts_removed_imports AFTER DELETE ON contacts
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION forget_import_contacts();
