//! Content into bytes: templates, links and tokens, plain text, MIME.
