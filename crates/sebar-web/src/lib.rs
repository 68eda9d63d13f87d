//! The dashboard and the public pages (tracking, unsubscribe).
