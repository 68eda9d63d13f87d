//! Before anything is sent: what would go wrong, whom it would touch, and where to mend it.

use sebar_compose::{Compiled, FaultKind, PublicUrl};
use sebar_domain::{Address, Stream};
use sebar_store::audience::{self, Size};
use sebar_store::campaigns::Campaign;
use sebar_store::relays::Relay;
use sebar_store::settings::{self, Settings};

use super::carriers::{Carriers, carriers};
use super::draft_of;
use super::duration::duration;
use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::i18n::Text;
use crate::foundation::page::Page;
use crate::pages::writing::{BUILT_IN, content, examine, lines};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// The campaign cannot be sent like this.
    Blocking,
    /// It can, but somebody should know.
    Warning,
    /// All is well.
    Fine,
}

/// One line of the list of checks.
pub(crate) struct Check {
    pub(crate) weight: Weight,
    pub(crate) text: Text,
    /// What to do, or what it is about in detail.
    pub(crate) detail: String,
    /// Where to mend it.
    pub(crate) href: String,
}

impl Check {
    /// Icon and class of the design system.
    pub(super) fn mark(&self) -> &'static str {
        match self.weight {
            Weight::Blocking => "bad",
            Weight::Warning => "warn",
            Weight::Fine => "good",
        }
    }

    /// The same for those who do not see the mark.
    pub(super) fn word_key(&self) -> &'static str {
        match self.weight {
            Weight::Blocking => "campaigns-weight-bad",
            Weight::Warning => "campaigns-weight-warn",
            Weight::Fine => "campaigns-weight-good",
        }
    }
}

/// All checks of a campaign, and what was found on the way.
pub(crate) struct Preflight {
    pub(crate) checks: Vec<Check>,
    pub(crate) size: Size,
    /// Ready to be frozen, if nothing blocks.
    pub(super) compiled: Option<Compiled>,
    /// How long it takes at the relays' limits, in seconds; `None` where no limit is set or no relay is there.
    pub(super) seconds: Option<i64>,
    /// The campaign's own pace, in words.
    pub(super) pace: String,
}

impl Preflight {
    pub(super) fn count(&self, weight: Weight) -> usize {
        self.checks.iter().filter(|check| check.weight == weight).count()
    }

    pub(super) fn is_ready(&self) -> bool {
        self.count(Weight::Blocking) == 0
    }
}

/// The list while it is written.
struct List<'a> {
    page: &'a Page,
    base: String,
    checks: Vec<Check>,
}

impl List<'_> {
    #[expect(clippy::needless_pass_by_value, reason = "a text is made for it and not used again")]
    fn add(&mut self, weight: Weight, text: Text, detail: impl ToString, href: String) {
        self.checks.push(Check { weight, text, detail: detail.to_string(), href });
    }

    fn fine(&mut self, text: Text, detail: impl ToString) {
        self.add(Weight::Fine, text, detail, String::new());
    }

    fn step(&self, step: &str) -> String {
        format!("{}/{step}", self.base)
    }

    fn t(&self, key: &str) -> Text {
        self.page.t(key)
    }
}

/// Looks at everything that a start needs.
pub(crate) async fn check(app: &App, page: &Page, campaign: &Campaign) -> Result<Preflight> {
    let settings = settings::get(&app.db).await?;
    let size = audience::size(&app.db, &campaign.lists, &campaign.excluded_lists).await?;
    let mut list = List { page, base: format!("/campaigns/{}", campaign.id), checks: Vec::new() };
    check_audience(&mut list, campaign, size);
    let from = check_sender(&mut list, campaign);
    let mut db = app.db.acquire().await?;
    let carriers = carriers(&mut db, campaign, Stream::Campaign, from.as_ref()).await?;
    drop(db);
    let usable = check_relays(&mut list, &carriers, from.as_ref());
    let compiled = check_content(app, &mut list, campaign, size, from).await?;
    check_company(app, &mut list, &settings);
    let own = carriers.pace.per_hour;
    let own = own.map(|per_hour| size.recipients().saturating_mul(3600) / i64::from(per_hour.max(1)));
    let seconds = duration(size.recipients(), &carriers.ranks(&usable), page.now()).max(own);
    check_duration(&mut list, size.recipients(), seconds, &usable);
    let pace = carriers.pace_in_words(page);
    list.checks.sort_by_key(|check| check.weight);
    Ok(Preflight { checks: list.checks, size, compiled, seconds, pace })
}

fn check_audience(list: &mut List<'_>, campaign: &Campaign, size: Size) {
    let href = list.step("audience");
    if campaign.lists.is_empty() {
        list.add(
            Weight::Blocking,
            list.t("campaigns-check-no-lists"),
            list.t("campaigns-check-no-lists-detail"),
            href,
        );
    } else if size.recipients() <= 0 {
        list.add(
            Weight::Blocking,
            list.t("campaigns-check-nobody"),
            list.t("campaigns-check-nobody-detail").with("n", size.members),
            href,
        );
    } else {
        let out = size.excluded + size.unsubscribed + size.suppressed;
        let text = list.t("campaigns-check-audience").with("n", size.recipients());
        list.fine(
            text,
            if out > 0 {
                list.t("campaigns-check-left-out").with("n", out).to_string()
            } else {
                String::new()
            },
        );
    }
}

fn check_sender(list: &mut List<'_>, campaign: &Campaign) -> Option<Address> {
    let href = list.step("content");
    let from = campaign.from_email.trim().parse::<Address>().ok();
    if campaign.from_email.trim().is_empty() {
        list.add(
            Weight::Blocking,
            list.t("campaigns-check-no-from"),
            list.t("campaigns-check-no-from-detail"),
            href.clone(),
        );
    } else if from.is_none() {
        let text = list.t("campaigns-check-bad-from").with("address", &campaign.from_email);
        list.add(Weight::Blocking, text, list.t("campaigns-check-no-from-detail"), href.clone());
    } else if campaign.from_name.trim().is_empty() {
        list.add(
            Weight::Warning,
            list.t("campaigns-check-no-from-name"),
            list.t("campaigns-check-no-from-name-detail"),
            href.clone(),
        );
    }
    if !campaign.reply_to.trim().is_empty() && campaign.reply_to.trim().parse::<Address>().is_err() {
        let text = list.t("campaigns-check-bad-reply-to").with("address", &campaign.reply_to);
        list.add(Weight::Blocking, text, "", href);
    }
    from
}

/// The relays that may carry this campaign.
fn check_relays<'a>(list: &mut List<'_>, carriers: &'a Carriers, from: Option<&Address>) -> Vec<&'a Relay> {
    let href = || if carriers.pool.is_some() { "/pools".to_owned() } else { "/relays".to_owned() };
    if carriers.enabled().next().is_none() {
        let (text, detail) = match &carriers.pool {
            _ if carriers.relays.is_empty() => {
                (list.t("campaigns-check-no-relay"), list.t("campaigns-check-no-relay-detail"))
            }
            Some(pool) => (
                list.t("campaigns-check-pool-off").with("pool", &pool.name),
                list.t("campaigns-check-pool-off-detail"),
            ),
            None => (list.t("campaigns-check-relays-off"), list.t("campaigns-check-no-relay-detail")),
        };
        list.add(Weight::Blocking, text, detail, href());
        return Vec::new();
    }
    let Some(from) = from else { return Vec::new() };
    let allowed = carriers.may_send_from(from);
    if allowed.is_empty()
        && let Some(pool) = &carriers.pool
    {
        let text =
            list.t("campaigns-check-pool-refused").with("pool", &pool.name).with("address", from.as_str());
        list.add(Weight::Blocking, text, list.t("campaigns-check-from-refused-detail"), href());
        return allowed;
    }
    if allowed.is_empty() {
        let text = list.t("campaigns-check-from-refused").with("address", from.as_str());
        list.add(Weight::Blocking, text, list.t("campaigns-check-from-refused-detail"), href());
        return allowed;
    }
    let names: Vec<&str> = allowed.iter().map(|relay| relay.settings.name.as_str()).collect();
    if allowed.iter().all(|relay| !relay.is_usable(list.page.now())) {
        list.add(
            Weight::Warning,
            list.t("campaigns-check-relays-rest").with("names", names.join(", ")),
            list.t("campaigns-check-relays-rest-detail"),
            href(),
        );
    } else {
        list.fine(list.t("campaigns-check-relays").with("names", names.join(", ")), "");
    }
    allowed
}

async fn check_content(
    app: &App,
    list: &mut List<'_>,
    campaign: &Campaign,
    size: Size,
    from: Option<Address>,
) -> Result<Option<Compiled>> {
    let href = list.step("content");
    let draft = draft_of(campaign);
    if draft.subject.trim().is_empty() {
        list.add(
            Weight::Blocking,
            list.t("campaigns-check-no-subject"),
            list.t("campaigns-check-no-subject-detail"),
            href.clone(),
        );
    }
    if draft.html.trim().is_empty() && draft.text.is_none() {
        list.add(
            Weight::Blocking,
            list.t("campaigns-check-empty"),
            list.t("campaigns-check-empty-detail"),
            href,
        );
        return Ok(None);
    }
    let examined = examine(app, &draft).await?;
    for fault in lines(list.page, &examined.faults) {
        list.add(Weight::Blocking, list.t("campaigns-check-fault"), fault.full, href.clone());
    }
    let Some(anybody) = examined.compiled else { return Ok(None) };
    for fault in lines(list.page, anybody.link_faults()) {
        list.add(Weight::Blocking, list.t("campaigns-check-bad-link"), fault.full, href.clone());
    }
    check_variables(app, list, campaign, size, &anybody).await?;
    if anybody.has_unsubscribe_link() {
        list.fine(list.t("campaigns-check-unsubscribe"), "");
    } else {
        list.add(
            Weight::Warning,
            list.t("campaigns-check-no-unsubscribe"),
            list.t("campaigns-check-no-unsubscribe-detail"),
            href.clone(),
        );
    }
    if anybody.text_is_empty() {
        list.add(
            Weight::Warning,
            list.t("campaigns-check-no-text"),
            list.t("campaigns-check-no-text-detail"),
            href.clone(),
        );
    }
    let bytes = list.page.bytes(anybody.html_bytes());
    if anybody.is_clipped_by_gmail() {
        list.add(
            Weight::Warning,
            list.t("campaigns-check-clipped").with("size", bytes),
            list.t("campaigns-check-clipped-detail"),
            href,
        );
    } else {
        list.fine(list.t("campaigns-check-size").with("size", bytes), "");
    }
    let Some(from) = from else { return Ok(None) };
    let reply_to = campaign.reply_to.trim().parse().ok();
    let compiled = content(&draft, &campaign.from_name, from, reply_to, campaign.tracking).compile(0).ok();
    Ok(compiled)
}

/// Which recipients lack what the content needs.
async fn check_variables(
    app: &App,
    list: &mut List<'_>,
    campaign: &Campaign,
    size: Size,
    compiled: &Compiled,
) -> Result<()> {
    let needed: Vec<_> = compiled
        .required()
        .filter(|v| {
            matches!(v.name.as_str(), "name" | "first_name" | "language" | "time_zone")
                || !BUILT_IN.contains(&v.name.as_str())
        })
        .collect();
    let names: Vec<String> = needed.iter().map(|variable| variable.name.clone()).collect();
    let lacking = audience::lacking(&app.db, &campaign.lists, &campaign.excluded_lists, &names).await?;
    for (name, contacts) in &lacking {
        let weight = if *contacts >= size.recipients() { Weight::Blocking } else { Weight::Warning };
        let key = if weight == Weight::Blocking {
            "campaigns-check-lacked-by-all"
        } else {
            "campaigns-check-lacked"
        };
        let place = needed.iter().find(|variable| variable.name == *name);
        let fault = place.map(|variable| sebar_compose::Fault {
            part: variable.part,
            line: Some(variable.line),
            kind: FaultKind::UnknownVariable,
            detail: name.clone(),
        });
        let place = lines(list.page, &fault).pop().map(|line| line.full).unwrap_or_default();
        let text = list.t(key).with("name", name).with("n", *contacts);
        let detail = format!("{place} {}", list.t("campaigns-check-lacked-detail").with("name", name));
        let step = list.step("content");
        list.add(weight, text, detail.trim(), step);
    }
    if lacking.is_empty() && !names.is_empty() {
        list.fine(list.t("campaigns-check-variables").with("names", names.join(", ")), "");
    }
    Ok(())
}

fn check_company(app: &App, list: &mut List<'_>, settings: &Settings) {
    if settings.company_address.trim().is_empty() {
        list.add(
            Weight::Warning,
            list.t("campaigns-check-no-address"),
            list.t("campaigns-check-no-address-detail"),
            "/settings".into(),
        );
    }
    if app.config.public_url.parse::<PublicUrl>().is_err() {
        list.add(
            Weight::Blocking,
            list.t("campaigns-check-bad-url"),
            list.t("campaigns-check-bad-url-detail"),
            String::new(),
        );
    } else if is_local(&app.config.public_url) {
        let text = list.t("campaigns-check-local-url").with("url", &app.config.public_url);
        list.add(Weight::Warning, text, list.t("campaigns-check-local-url-detail"), String::new());
    }
}

/// Whether recipients elsewhere cannot reach this address: fine for a trial, not for a campaign.
fn is_local(url: &str) -> bool {
    let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.is_some_and(|host| {
        host == "localhost"
            || host.ends_with(".localhost")
            || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

fn check_duration(list: &mut List<'_>, recipients: i64, seconds: Option<i64>, usable: &[&Relay]) {
    if recipients <= 0 || usable.is_empty() {
        return;
    }
    match seconds {
        Some(seconds) if seconds > 86_400 => {
            let text = list.t("campaigns-check-takes").with("time", list.page.duration(seconds));
            list.add(Weight::Warning, text, list.t("campaigns-check-takes-long-detail"), "/relays".into());
        }
        Some(seconds) => list.fine(
            list.t("campaigns-check-takes").with("time", list.page.duration(seconds)),
            list.t("campaigns-check-takes-detail"),
        ),
        None => list.fine(list.t("campaigns-check-no-limit"), list.t("campaigns-check-no-limit-detail")),
    }
}
