//! One bounce: what it says, how its message was found, what followed.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use sebar_domain::id::BounceId;
use sebar_domain::{BounceKind, MatchedBy};
use sebar_store::returned::{self, Bounce, There};
use sebar_store::suppressions::{self, Suppression};

use super::{answer, kind_text, kind_tone, reason_text};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::i18n::Text;
use crate::foundation::mail_view::MailView;
use crate::foundation::page::{Page, render};

#[derive(Template)]
#[template(path = "bounces/show.html")]
struct Show {
    page: Page,
    bounce: Bounce,
    suppression: Option<Suppression>,
    /// What its links can lead to.
    there: There,
    mail: Option<MailView>,
}

impl Show {
    fn kind(&self) -> Text {
        kind_text(&self.page, self.bounce.kind)
    }

    fn tone(&self) -> &'static str {
        kind_tone(self.bounce.kind)
    }

    fn reason(&self) -> Text {
        reason_text(&self.page, self.bounce.reason)
    }

    fn is_bounce(&self) -> bool {
        self.bounce.kind.is_bounce()
    }

    fn road(&self) -> Text {
        self.page.t(&format!("bounces-road-{}", self.bounce.road))
    }

    fn matched(&self) -> Text {
        let word = self.bounce.matched_by.map_or("none", MatchedBy::as_str);
        self.page.t(&format!("bounces-matched-{}", word.replace('_', "-")))
    }

    fn answer(&self) -> String {
        answer(&self.bounce)
    }

    /// What it means for the address.
    fn consequence(&self) -> Text {
        let key = match (self.bounce.trusted, self.bounce.counts_as) {
            (false, _) => "bounces-counts-not",
            (true, Some(BounceKind::Hard | BounceKind::Complaint)) => "bounces-counts-at-once",
            (true, Some(BounceKind::Soft)) if self.bounce.kind == BounceKind::Hard => {
                "bounces-counts-forwarded"
            }
            (true, Some(BounceKind::Soft)) => "bounces-counts-soft",
            (true, Some(BounceKind::Blocked)) => "bounces-counts-blocked",
            (true, _) => "bounces-counts-nothing",
        };
        self.page.t(key)
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Path(id): Path<BounceId>,
) -> Result<Html<String>> {
    let bounce = returned::find(&app.db, id).await?.ok_or(Error::NotFound)?;
    let suppression = suppressions::of_address(&app.db, &bounce.address).await?;
    let mail = match bounce.mail {
        Some(mail) => returned::raw(&app.db, mail).await?.map(|raw| MailView::new(&raw)),
        None => None,
    };
    let there = returned::there(&app.db, &bounce).await?;
    render(&Show { page, bounce, suppression, there, mail })
}
