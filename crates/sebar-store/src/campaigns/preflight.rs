use sqlx::PgExecutor;

/// What a campaign needs to know of a relay that may carry it.
#[derive(Clone, Debug, Default)]
pub struct Outlet {
    /// Its name.
    pub name: String,
    /// Addresses or `@domains` that it may send as; empty: any.
    pub from_allowed: Vec<String>,
    /// Messages per second.
    pub per_second: Option<f64>,
    /// Messages per hour.
    pub per_hour: Option<i32>,
    /// Messages per day.
    pub per_day: Option<i32>,
    /// Whether it is held because of a fault of its own.
    pub is_paused: bool,
}

impl Outlet {
    /// Whether it may send as this address.
    pub fn allows(&self, from: &str) -> bool {
        let from = from.to_lowercase();
        let domain = from.rsplit_once('@').map(|(_, domain)| domain);
        self.from_allowed.is_empty()
            || self.from_allowed.iter().any(|allowed| {
                let allowed = allowed.to_lowercase();
                match allowed.strip_prefix('@') {
                    Some(wanted) => domain == Some(wanted),
                    None => allowed == from,
                }
            })
    }
}

/// The relays that are switched on.
pub async fn outlets(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Outlet>> {
    sqlx::query_as!(
        Outlet,
        r#"SELECT name, from_allowed, per_second, per_hour, per_day,
                  coalesce(paused_until > now(), paused_at IS NOT NULL) AS "is_paused!"
             FROM relays WHERE enabled ORDER BY lower(name)"#
    )
    .fetch_all(db)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_sends_as_the_addresses_and_domains_that_it_was_given() {
        let outlet = |allowed: &[&str]| Outlet {
            from_allowed: allowed.iter().map(ToString::to_string).collect(),
            ..Outlet::default()
        };
        assert!(outlet(&[]).allows("ana@example.com"));
        assert!(outlet(&["@example.com"]).allows("Ana@Example.com"));
        assert!(outlet(&["@b.test", "ana@example.com"]).allows("ana@example.com"));
        assert!(!outlet(&["ana@example.com"]).allows("budi@example.com"));
        assert!(!outlet(&["@example.com"]).allows("ana@mail.example.com"));
    }
}
