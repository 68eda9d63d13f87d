//! Files that go with a mail.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sebar_compose::File;
use sebar_store::blobs::Digest;

use super::request::AttachmentRequest;
use crate::api::error::{Cause, Faults};

const MOST: usize = 100;
const LONGEST_NAME: usize = 255;

/// With or without padding: both are common.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A file as it was given.
pub(super) struct Attached {
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) content_id: Option<String>,
    pub(super) content: Vec<u8>,
    pub(super) digest: Digest,
}

impl Attached {
    pub(super) fn as_file(&self) -> File<'_> {
        File {
            name: &self.name,
            content_type: &self.content_type,
            content_id: self.content_id.as_deref(),
            size: self.content.len(),
        }
    }
}

/// The files, without those at fault.
pub(super) fn check(faults: &mut Faults, files: &[AttachmentRequest]) -> Vec<Attached> {
    if files.len() > MOST {
        let message = format!("are {}; an email may have {MOST}.", files.len());
        faults.add(Cause::InvalidAttachment, "attachments", message);
        return Vec::new();
    }
    files.iter().enumerate().filter_map(|(n, file)| one(faults, n, file)).collect()
}

fn one(faults: &mut Faults, n: usize, file: &AttachmentRequest) -> Option<Attached> {
    let mut add = |field: &str, message: &str| {
        faults.add(Cause::InvalidAttachment, format!("attachments[{n}].{field}"), message);
    };
    let name = file.filename.trim();
    // What a mail program would save it as.
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name_fits = !name.is_empty() && name.len() <= LONGEST_NAME && !name.chars().any(char::is_control);
    if !name_fits {
        add("filename", "must be a name of at most 255 bytes, without control characters.");
    }
    // Many encoders break lines.
    let text: Vec<u8> = file.content.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let content = BASE64.decode(text).ok();
    if content.is_none() {
        add("content", "is no base64 (RFC 4648 §4, with `+` and `/`).");
    }
    let content_type = match file.content_type.as_deref().map(str::trim) {
        None | Some("") => mime_guess::from_path(name).first_or_octet_stream().essence_str().to_owned(),
        Some(given) => given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase(),
    };
    let type_fits = is_media_type(&content_type);
    if !type_fits {
        add(
            "content_type",
            "must be a media type such as `application/pdf`; a multipart or message is none.",
        );
    }
    let content_id = file.content_id.as_deref().map(|id| id.trim().trim_matches(['<', '>']).to_owned());
    let id_fits = content_id.as_deref().is_none_or(|id| {
        (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"\\()".contains(&b))
    });
    if !id_fits {
        add("content_id", "must be 1 to 128 ASCII characters without spaces, quotes and brackets.");
    }
    let content = content.filter(|_| name_fits && type_fits && id_fits)?;
    let digest = Digest::of(&content);
    Some(Attached { name: name.to_owned(), content_type, content_id, content, digest })
}

/// `type/subtype` by RFC 2045 §5.1, and one that may stand for a file in base64.
fn is_media_type(text: &str) -> bool {
    let is_token = |part: &str| {
        !part.is_empty()
            && part.len() <= 100
            && part.bytes().all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&b))
    };
    text.split_once('/').is_some_and(|(kind, subtype)| {
        is_token(kind) && is_token(subtype) && kind != "multipart" && kind != "message"
    })
}
