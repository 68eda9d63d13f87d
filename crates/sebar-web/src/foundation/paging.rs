//! Lists in pages, by key: one row more than a page is read, which tells whether it goes on.

/// Where a page was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Start,
    /// After a row.
    After,
    /// Backwards, before a row.
    Before,
}

/// Which way it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ways {
    /// There is a page before this one.
    pub(crate) back: bool,
    /// There is a page after this one.
    pub(crate) on: bool,
}

/// Takes away the row that is too many.
pub(crate) fn cut<T>(rows: &mut Vec<T>, size: usize, from: From) -> Ways {
    let has_more = rows.len() > size;
    if has_more {
        // The one too many is the farthest from where the page begins.
        if from == From::Before {
            rows.remove(0);
        } else {
            rows.truncate(size);
        }
    }
    match from {
        From::Start => Ways { back: false, on: has_more },
        From::After => Ways { back: true, on: has_more },
        From::Before => Ways { back: has_more, on: true },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_which_way_it_goes_on() {
        for (from, n, rows, back, on) in [
            (From::Start, 2, vec![0, 1], false, false),
            (From::Start, 3, vec![0, 1], false, true),
            (From::After, 2, vec![0, 1], true, false),
            (From::After, 3, vec![0, 1], true, true),
            (From::Before, 2, vec![0, 1], false, true),
            (From::Before, 3, vec![1, 2], true, true),
        ] {
            let mut found: Vec<i32> = (0..n).collect();
            assert_eq!(cut(&mut found, 2, from), Ways { back, on });
            assert_eq!(found, rows);
        }
    }
}
