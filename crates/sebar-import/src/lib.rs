//! Contacts from CSV files: detects, reads, checks, and brings them in.
//!
//! An import's life: [`Upload`] keeps the file in the database and finds its [`Format`]; [`preview`]
//! shows its first rows and guesses a [`Mapping`]; [`queue`] says what is to become of it; and [`run`],
//! in any process, brings it in, batch by batch, each with its checkpoint in one transaction.
//! [`import`] does all of it in one call, for sample data and benchmarks.
//!
//! [`Records`], [`Interpreter`] and [`Survey`] are pure: they see bytes and know no database.
mod format;
mod mapping;
mod pipeline;
mod preview;
mod records;
mod row;
mod run;
mod survey;
mod upload;

pub use format::{Delimiter, Encoding, Format, Quote};
pub use mapping::{Mapping, MappingFault, Target, guess, key_for};
pub use preview::{Preview, preview};
pub use records::{BadText, MAX_RECORD, Next, Place, Record, Records, Unreadable};
pub use row::{Interpreter, Reason, Reject, Row, language_tag};
pub use run::{Error, Runner, run};
pub use survey::{FileFault, HEAD, MAX_COLUMNS, Survey, detect};
pub use upload::{Choices, Upload, UploadError, import, queue};
