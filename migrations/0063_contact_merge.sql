-- What the templates may ask of a contact: its attributes, and name, language and time zone where
-- they are known. One expression, so that it is inlined; `sebar_domain::merge` says the same for one.
CREATE FUNCTION contact_merge(attributes jsonb, name text, language text, time_zone text)
RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT attributes || jsonb_strip_nulls(jsonb_build_object(
        'name', nullif(btrim(name), ''), 'language', language, 'time_zone', time_zone))
$$;
