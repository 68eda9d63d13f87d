-- Return paths that were left: what was sent with one may come back to it for some weeks still.
CREATE TABLE former_return_paths (
    address text PRIMARY KEY,
    left_at timestamptz NOT NULL DEFAULT now()
);
