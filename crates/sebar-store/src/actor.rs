//! Who changes something: a user of the dashboard, or a program with a key.

use sebar_domain::id::{ApiKeyId, UserId};
use uuid::Uuid;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A user of the dashboard.
    User(UserId),
    /// A program, with this key.
    Key(ApiKeyId),
}

impl Actor {
    /// The user, if it is one.
    pub(crate) fn user(self) -> Option<Uuid> {
        match self {
            Self::User(user) => Some(user.0),
            Self::Key(_) => None,
        }
    }

    /// The key, if it is one.
    pub(crate) fn key(self) -> Option<Uuid> {
        match self {
            Self::User(_) => None,
            Self::Key(key) => Some(key.0),
        }
    }
}

impl From<UserId> for Actor {
    fn from(user: UserId) -> Self {
        Self::User(user)
    }
}

impl From<ApiKeyId> for Actor {
    fn from(key: ApiKeyId) -> Self {
        Self::Key(key)
    }
}
