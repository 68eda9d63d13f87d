//! How many requests a key may make.
//!
//! Counted in each process by itself: a limit keeps a program that runs wild from being in the way of
//! others, and protects no promise that would be broken if two processes each let it through.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock as _, MonotonicClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use sebar_domain::id::ApiKeyId;

type Limiter = RateLimiter<NotKeyed, InMemoryState, MonotonicClock, StateInformationMiddleware>;

/// The limits of the keys that were used since this process began.
#[derive(Default)]
pub(crate) struct Limits(Mutex<HashMap<ApiKeyId, (NonZeroU32, Arc<Limiter>)>>);

/// What a program is told of its limit; nothing if it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    limit: Option<u32>,
    remaining: u32,
    /// Until the whole limit is there again.
    reset: Duration,
    /// Until the next request is let through, if this one was not.
    retry_after: Option<Duration>,
}

impl Limits {
    /// Counts a request. Whether it may go on, and what to tell.
    pub(super) fn check(&self, key: ApiKeyId, per_minute: Option<i32>) -> (bool, Told) {
        let per_minute = per_minute.and_then(|n| u32::try_from(n).ok()).and_then(NonZeroU32::new);
        let Some(per_minute) = per_minute else { return (true, Told::default()) };
        let limiter = self.limiter(key, per_minute);
        let limit = per_minute.get();
        let told = |remaining: u32, retry_after| Told {
            limit: Some(limit),
            remaining,
            reset: Duration::from_mins(1).mul_f64(f64::from(limit - remaining.min(limit)) / f64::from(limit)),
            retry_after,
        };
        match limiter.check() {
            Ok(state) => (true, told(state.remaining_burst_capacity(), None)),
            Err(not_yet) => {
                let wait = not_yet.wait_time_from(MonotonicClock.now());
                (false, told(0, Some(wait)))
            }
        }
    }

    fn limiter(&self, key: ApiKeyId, per_minute: NonZeroU32) -> Arc<Limiter> {
        let mut limits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let anew = || {
            let limiter = RateLimiter::direct(Quota::per_minute(per_minute));
            (per_minute, Arc::new(limiter.with_middleware::<StateInformationMiddleware>()))
        };
        let entry = limits.entry(key).or_insert_with(anew);
        if entry.0 != per_minute {
            *entry = anew();
        }
        Arc::clone(&entry.1)
    }
}

impl Told {
    /// Writes the header fields (draft-ietf-httpapi-ratelimit-headers-06, as Resend and others do).
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        let Some(limit) = self.limit else { return };
        // A moment is rounded up: whoever waits so long comes late enough.
        let seconds = |wait: Duration| wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let mut set =
            |name, value: u64| headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        set("ratelimit-limit", limit.into());
        set("ratelimit-remaining", self.remaining.into());
        set("ratelimit-reset", seconds(self.reset));
        if let Some(wait) = self.retry_after {
            set("retry-after", seconds(wait).max(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_make_its_requests_and_is_told_when_to_come_again() {
        let limits = Limits::default();
        let (key, other) = (ApiKeyId::new(), ApiKeyId::new());
        for left in (0..3).rev() {
            let (may, told) = limits.check(key, Some(3));
            assert!(may);
            assert_eq!((told.limit, told.remaining, told.retry_after), (Some(3), left, None));
        }
        let (may, told) = limits.check(key, Some(3));
        assert!(!may && told.retry_after.is_some_and(|wait| wait <= Duration::from_secs(20)));
        let mut headers = HeaderMap::new();
        told.write(&mut headers);
        assert_eq!(headers["retry-after"], "20");
        assert_eq!(headers["ratelimit-reset"], "60");
        assert!(limits.check(other, Some(3)).0, "another key has its own");
        assert!(limits.check(key, Some(100)).0, "a new limit holds at once");
        assert_eq!(limits.check(key, None), (true, Told::default()));
    }
}
