//! Plans campaigns, claims messages, paces, delivers and records them.
