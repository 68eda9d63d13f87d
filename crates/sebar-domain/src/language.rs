use crate::text_enum::text_enum;

text_enum! {
    /// A language of the interface (BCP 47).
    Language, "language" {
        /// English.
        English = "en",
        /// Bahasa Indonesia.
        Indonesian = "id",
    }
}
