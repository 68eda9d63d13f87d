//! The state of a list of contacts: all of it stands in the URL.

use sebar_domain::ContactStatus;
use sebar_domain::id::{ContactId, ListId};
use sebar_store::contacts::{self, Count, Filter, Listed, MOST_COUNTED, Order, Position, Sort};
use sebar_store::lists::{self, List};
use serde::Deserialize;

use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::i18n::Text;
use crate::foundation::page::Page;
use crate::foundation::paging;

const PAGE_SIZE: usize = 50;

/// The query part of the URL, as it came. What makes no sense in it is passed over.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Find {
    q: String,
    list: String,
    status: String,
    sort: String,
    after: String,
    before: String,
    key: String,
}

/// What is looked at.
#[derive(Clone)]
pub(crate) struct Browse {
    /// The path of the page.
    base: String,
    /// Whether the list is the page's own, and so no part of the query.
    fixed_list: bool,
    filter: Filter,
    order: Order,
    position: Position,
}

/// A page of contacts and the ways from it. Templates read it by its methods.
pub(crate) struct Listing {
    browse: Browse,
    pub(crate) rows: Vec<Listed>,
    pub(crate) count: Count,
    pub(crate) lists: Vec<List>,
    pub(crate) previous: String,
    pub(crate) next: String,
}

const SORTS: [(&str, Order); 5] = [
    ("email", Order { sort: Sort::Email, reversed: false }),
    ("-email", Order { sort: Sort::Email, reversed: true }),
    ("name", Order { sort: Sort::Name, reversed: false }),
    ("-name", Order { sort: Sort::Name, reversed: true }),
    ("oldest", Order { sort: Sort::Added, reversed: true }),
];

fn sort_word(order: Order) -> &'static str {
    SORTS.iter().find(|(_, known)| *known == order).map_or("", |(word, _)| word)
}

impl Browse {
    /// All contacts, as the query wants them.
    pub(crate) fn all(find: &Find) -> Self {
        Self::new("/contacts".to_owned(), find, find.list.parse().ok(), false)
    }

    /// The members of one list.
    pub(crate) fn of_list(list: ListId, find: &Find) -> Self {
        Self::new(format!("/lists/{list}"), find, Some(list), true)
    }

    fn new(base: String, find: &Find, list: Option<ListId>, fixed_list: bool) -> Self {
        let order =
            SORTS.iter().find(|(word, _)| *word == find.sort).map(|(_, order)| *order).unwrap_or_default();
        let id = |text: &str| text.parse::<ContactId>().ok();
        let position = match (id(&find.after), id(&find.before)) {
            (Some(id), _) => Position::After(id, find.key.clone()),
            (None, Some(id)) => Position::Before(id, find.key.clone()),
            (None, None) => Position::Start,
        };
        let filter = Filter {
            search: find.q.trim().chars().take(200).collect(),
            list,
            status: find.status.parse().ok(),
        };
        Self { base, fixed_list, filter, order, position }
    }

    pub(crate) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The query for a path, with everything that is not the default.
    fn query(&self, position: &Position) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let mut pair = |name: &str, value: &str| {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        };
        pair("q", &self.filter.search);
        if let (Some(list), false) = (self.filter.list, self.fixed_list) {
            pair("list", &list.to_string());
        }
        pair("status", self.filter.status.map_or("", ContactStatus::as_str));
        pair("sort", sort_word(self.order));
        match position {
            Position::Start => {}
            Position::After(id, key) => {
                pair("after", &id.to_string());
                pair("key", key);
            }
            Position::Before(id, key) => {
                pair("before", &id.to_string());
                pair("key", key);
            }
        }
        query.finish()
    }

    fn href(&self, position: &Position) -> String {
        let query = self.query(position);
        if query.is_empty() { self.base.clone() } else { format!("{}?{query}", self.base) }
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut other = self.clone();
        change(&mut other);
        other.href(&Position::Start)
    }

    /// Reads the page.
    pub(crate) async fn load(mut self, app: &App) -> Result<Listing> {
        let count = contacts::count(&app.db, &self.filter).await?;
        let searched = !self.filter.search.is_empty();
        if searched && matches!(count, Count::MoreThan(_)) && self.order.sort != Sort::Added {
            self.order = Order::default();
            self.position = Position::Start;
        }
        let limit = i64::try_from(PAGE_SIZE).unwrap_or(MOST_COUNTED) + 1;
        let mut rows = contacts::listing(&app.db, &self.filter, self.order, &self.position, limit).await?;
        let from = match self.position {
            Position::Start => paging::From::Start,
            Position::After(..) => paging::From::After,
            Position::Before(..) => paging::From::Before,
        };
        let ways = paging::cut(&mut rows, PAGE_SIZE, from);
        let (mut previous, mut next) = (String::new(), String::new());
        if let Some(first) = rows.first()
            && ways.back
        {
            previous = self.href(&Position::Before(first.id, first.key.clone()));
        }
        if let Some(last) = rows.last()
            && ways.on
        {
            next = self.href(&Position::After(last.id, last.key.clone()));
        }
        let lists = lists::all(&app.db).await?;
        Ok(Listing { browse: self, rows, count, lists, previous, next })
    }
}

impl Listing {
    pub(crate) fn query(&self) -> &str {
        &self.browse.filter.search
    }

    pub(crate) fn base(&self) -> &str {
        &self.browse.base
    }

    /// Whether the list can be chosen on this page.
    pub(crate) fn chooses_list(&self) -> bool {
        !self.browse.fixed_list && !self.lists.is_empty()
    }

    pub(crate) fn is_list(&self, id: &ListId) -> bool {
        self.browse.filter.list.as_ref() == Some(id)
    }

    pub(crate) fn status(&self) -> &'static str {
        self.browse.filter.status.map_or("", ContactStatus::as_str)
    }

    pub(crate) fn sort(&self) -> &'static str {
        sort_word(self.browse.order)
    }

    /// Whether anything is left out of what the page could show.
    pub(crate) fn is_filtered(&self) -> bool {
        let filter = &self.browse.filter;
        !filter.search.is_empty()
            || filter.status.is_some()
            || (filter.list.is_some() && !self.browse.fixed_list)
    }

    /// Whether the search is for so little that only beginnings of words were looked at.
    pub(crate) fn is_short_search(&self) -> bool {
        self.query().split_whitespace().any(|word| word.chars().count() < 3)
    }

    /// Whether what was found can be sorted otherwise.
    pub(crate) fn can_sort(&self) -> bool {
        self.query().is_empty() || matches!(self.count, Count::Exactly(_))
    }

    pub(crate) fn status_href(&self, status: &str) -> String {
        self.browse.with(|browse| browse.filter.status = status.parse().ok())
    }

    /// Without search and filters.
    pub(crate) fn clear_href(&self) -> &str {
        &self.browse.base
    }

    /// Sorted by this column, the other way round if it is already.
    pub(crate) fn sort_href(&self, column: &str) -> String {
        self.browse.with(|browse| {
            let wanted = order_of(column);
            let reversed = browse.order.sort == wanted.sort && !browse.order.reversed;
            browse.order = Order { reversed, ..wanted };
        })
    }

    pub(crate) fn sort_dir(&self, column: &str) -> &'static str {
        let Order { sort, reversed } = self.browse.order;
        match (sort == order_of(column).sort, (sort == Sort::Added) != reversed) {
            (false, _) => "",
            (true, true) => "descending",
            (true, false) => "ascending",
        }
    }

    /// This page, to come back to.
    pub(crate) fn here(&self) -> String {
        self.browse.href(&self.browse.position)
    }

    pub(crate) fn export_href(&self) -> String {
        let mut browse = self.browse.clone();
        browse.fixed_list = false;
        browse.order = Order::default();
        let query = browse.query(&Position::Start);
        if query.is_empty() {
            "/contacts/export.csv".to_owned()
        } else {
            format!("/contacts/export.csv?{query}")
        }
    }

    /// How many there are, in words.
    pub(crate) fn count_text(&self, page: &Page) -> Text {
        count_text(page, self.count, "contacts")
    }
}

fn order_of(column: &str) -> Order {
    SORTS.iter().find(|(word, _)| *word == column).map(|(_, order)| *order).unwrap_or_default()
}

/// A count in words: by the keys `…-count` and `…-count-more`.
pub(crate) fn count_text(page: &Page, count: Count, subject: &str) -> Text {
    match count {
        Count::Exactly(n) => page.t(&format!("{subject}-count")).with("n", n),
        Count::MoreThan(n) => page.t(&format!("{subject}-count-more")).with("n", n),
    }
}
