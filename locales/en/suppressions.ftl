# The suppression list: addresses that are never mailed.
suppressions-title = Suppressions
suppressions-sub = Nothing is ever sent to these addresses, whatever list they are in or how often they are imported.
suppressions-count = { $n ->
    [one] { $n } address
   *[other] { $n } addresses
}
suppressions-count-more = More than { $n } addresses
suppressions-search = Search by address
suppressions-add = Add addresses
suppressions-add-sub = Nothing will be sent to them any more, at once.
suppressions-addresses = Email addresses
suppressions-addresses-hint = One a line. You can paste many at once. @example.com stands for a whole domain.
suppressions-note = Note
suppressions-note-hint = Why they must not be mailed, for whoever looks at it later.
suppressions-reason = Reason
suppressions-reason-any = Any reason
suppressions-reason-manual = Added by hand
suppressions-reason-hard-bounce = Mailbox does not exist
suppressions-reason-soft-bounces = Mail came back again and again
suppressions-reason-complaint = Marked as spam
suppressions-reason-import = Imported
suppressions-reason-unsubscribed = Unsubscribed, contact deleted
suppressions-since = Since
suppressions-empty-title = Nobody is suppressed
suppressions-empty = Addresses land here by themselves when a mailbox does not exist or somebody marks a mail as spam. You can add others by hand.
suppressions-none-found = No address found
suppressions-none-found-text = No suppressed address matches this search.
suppressions-too-many = Please enter at most { $n } addresses at once.
suppressions-bad-lines = { $n ->
    [one] { $n } line is no address. Mend it or take it out.
   *[other] { $n } lines are no addresses. Mend them or take them out.
}
suppressions-some-added = { $n ->
    [0] Nothing was new; these lines are no addresses.
    [one] { $n } address is added; these lines are no addresses.
   *[other] { $n } addresses are added; these lines are no addresses.
}
suppressions-more-bad = And { $n } more.
suppressions-added = { $n ->
    [one] { $n } address is added.
   *[other] { $n } addresses are added.
}
suppressions-added-none = All of them were on the list already.
suppressions-lift = Lift
suppressions-lift-title = Lift the suppression of { $email }?
suppressions-lift-text = This address can be mailed again.
suppressions-lift-manual = Somebody of your company put it there by hand.
suppressions-lift-hard-bounce = The mailbox did not exist. If it still does not, the next mail bounces too, and mailbox providers hold that against you.
suppressions-lift-soft-bounces = Mail to it came back several times. It is counted anew from now on.
suppressions-lift-complaint = The person marked a mail as spam. Another one that they did not ask for hurts your reputation with mailbox providers.
suppressions-lift-import = It came with an imported suppression list.
suppressions-lift-unsubscribed = The person had unsubscribed before their contact was deleted.
suppressions-lifted = { $email } can be mailed again.
suppressions-history = History
suppressions-until = until { $when }
suppressions-until-label = Until
suppressions-until-hint = The last day. Empty: for good.
suppressions-fault-until = Please choose a day from today on.
suppressions-fault-domain = Not a domain. Write it like @example.com.
suppressions-is = This is on the suppression list.
suppressions-is-domain = Its domain { $domain } is on the suppression list.
suppressions-is-not = This is not on the suppression list.
suppressions-what-added = Put on the list
suppressions-what-changed = Reason changed
suppressions-what-lifted = Lifted
suppressions-what-expired = Its time was over
suppressions-import = Import
suppressions-import-title = Import suppressions
suppressions-import-sub = A CSV file with a column “email”, such as an export of Sebar or of another program. Columns “reason”, “note” and “until” are read where they are there.
suppressions-import-file = CSV file
suppressions-import-file-hint = Addresses, or domains such as @example.com. Up to { $mb } MB.
suppressions-import-button = Import file
suppressions-import-none = Please choose a file.
suppressions-import-unreadable = Line { $line } of this file cannot be read as CSV.
suppressions-import-no-email = This file has no column “email”.
suppressions-imported = { $n } entries are imported; { $known } were on the list already.
suppressions-imported-bad = { $n ->
    [one] { $n } line cannot be read and was left out.
   *[other] { $n } lines cannot be read and were left out.
}
suppressions-import-fault-until = “until” is neither a time nor a day. Write it like 2027-01-31 or 2027-01-31T09:00:00Z, or leave it empty.
suppressions-bad-line = Line { $line }
suppressions-import-broken = The file did not arrive whole, or is larger than { $mb } MB.
