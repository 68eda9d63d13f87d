//! Pools of relays, and the rules that lead mail to them.
pub(crate) mod edit;
pub(crate) mod list;
pub(crate) mod rules;

use crate::foundation::i18n::Text;
use crate::foundation::page::Page;

/// A relay's place in a pool, in words.
fn rank_text(page: &Page, rank: u8) -> Text {
    if rank == 1 { page.t("pools-rank-first") } else { page.t("pools-rank-then").with("n", i64::from(rank)) }
}
