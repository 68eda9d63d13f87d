use crate::text_enum::text_enum;

text_enum! {
    /// Where an import stands: `uploading → uploaded → queued → running → done`, or `failed`, or `cancelled`.
    ImportState, "import state" {
        /// The file is being received.
        Uploading = "uploading",
        /// The file is here; its columns are to be mapped.
        Uploaded = "uploaded",
        /// Waits for its turn: one import runs at a time.
        Queued = "queued",
        /// Rows are being brought in.
        Running = "running",
        /// Every row was brought in or rejected.
        Done = "done",
        /// Could not go on; what was brought in before stays.
        Failed = "failed",
        /// Ended by a user; what was brought in before stays.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// What an import does with an address that is a contact already.
    OnKnown, "way with known contacts" {
        /// Leaves the contact's data as they are.
        Skip = "skip",
        /// Fills in what the contact lacks.
        Fill = "fill",
        /// Replaces what the file has a value for.
        Overwrite = "overwrite",
    }
}

impl ImportState {
    /// Whether nothing more will happen.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    /// Whether a user may still end it.
    pub const fn can_cancel(self) -> bool {
        matches!(self, Self::Uploaded | Self::Queued | Self::Running)
    }
}
