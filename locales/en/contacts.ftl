# Contacts: the list, one contact, its form, and what can be done with them.
contacts-title = Contacts
contacts-all = All contacts
contacts-count = { $n ->
    [one] { $n } contact
   *[other] { $n } contacts
}
contacts-count-more = More than { $n } contacts
contacts-search = Search by name or address
contacts-import = Import contacts
contacts-add = Add contact
contacts-export = Export CSV
contacts-clear = Clear search and filters
contacts-every-list = Every list
contacts-empty-title = Nobody here yet
contacts-empty = Contacts are the people you write to. Bring them in from a CSV file, or add one by hand.
contacts-empty-viewer = Contacts are the people your company writes to. An editor can bring them in.
contacts-none-found = Nobody found
contacts-none-found-text = No contact matches this search and these filters. Try fewer words or a part of the address.
contacts-none-found-short = One or two letters find words that begin with them. Type a third to search inside words too.
contacts-page-empty = Nothing on this page
contacts-page-empty-text = The contacts that stood here were deleted or moved. Go back to the first page.
contacts-narrow-to-sort = Sorting works for up to 1,000 results. Add a word to your search.

contacts-field-email = Email address
contacts-field-name = Name
contacts-field-language = Language
contacts-field-language-hint = A short code such as id or en-GB. Templates can use it.
contacts-field-time-zone = Time zone
contacts-field-list = List
contacts-field-lists = Lists
contacts-field-status = Status
contacts-field-added = Added
contacts-unknown = Not known

contacts-status-any = Any status
contacts-status-subscribed = Subscribed
contacts-status-unsubscribed = Unsubscribed
contacts-status-suppressed = Suppressed

contacts-details = Details
contacts-in-no-list = In no list
contacts-variables = Variables for templates
contacts-variables-hint = What a template fills in for this contact, as {"{{\u00A0first_name\u00A0}}"}.
contacts-edit-attributes = Edit attributes
contacts-edit = Edit contact
contacts-save = Save contact
contacts-saved = The contact is saved.
contacts-created = { $name } is added.
contacts-created-suppressed = { $name } is added, but this address is on the suppression list and gets no mail.
contacts-see-other = Open the contact with this address
contacts-no-lists = There is no list yet. You can make one under Lists.
contacts-attributes = Attributes
contacts-attributes-hint = What you want to say or choose by: city, birthday, membership. Templates use them as variables. Clear both fields of a row to remove it.
contacts-attribute-name = Name
contacts-attribute-value = Value
contacts-attribute-kind = Kind
contacts-kind-text = Text
contacts-kind-number = Number
contacts-kind-yes-no = Yes or no
contacts-yes = yes
contacts-no = no
contacts-more-rows = More rows

contacts-fault-taken = Another contact has this address already.
contacts-fault-language = This is no language code. Try id, en or en-GB.
contacts-fault-key = Begin with a letter; use letters, digits and spaces.
contacts-fault-key-reserved = “{ $key }” has a meaning of its own. Please choose another name.
contacts-fault-key-twice = “{ $key }” stands here twice.
contacts-fault-attributes = A contact can have at most { $n } attributes.
contacts-fault-number = Please enter a number, such as 12 or 12.5.
contacts-fault-yes-no = Please enter yes or no.
contacts-fault-json = This is no valid JSON.

contacts-ask-note = Note
contacts-ask-how = How did they ask for it?
contacts-ask-promise = The person asked us to mail them again.
contacts-ask-promise-missing = Please confirm this. Without the person's wish they must not be mailed.
contacts-ask-name-differs = This is not the name. Please type it as it stands above.

contacts-unsubscribe-button = Unsubscribe
contacts-unsubscribe-title = Unsubscribe { $name }?
contacts-unsubscribe-text = { $email } gets no more campaigns, at once, not even those that are being sent.
contacts-unsubscribe-done = { $name } is unsubscribed.
contacts-resubscribe-button = Subscribe again
contacts-resubscribe-title = Subscribe { $name } again?
contacts-resubscribe-text = { $email } unsubscribed. Mailing them without their wish is against the law in many countries and hurts your reputation with mailbox providers.
contacts-resubscribe-done = { $name } is subscribed again.
contacts-suppress-button = Suppress
contacts-suppress-title = Suppress { $name }?
contacts-suppress-text = { $email } goes on the suppression list: nothing is sent to this address any more, even if it is imported again.
contacts-suppress-done = { $name } is on the suppression list.
contacts-lift-button = Lift suppression
contacts-lift-title = Lift the suppression of { $name }?
contacts-lift-text = { $email } can be mailed again.
contacts-lift-done = The suppression of { $name } is lifted.
contacts-delete-title = Delete { $name }?
contacts-delete-text = The details, attributes, list memberships and history of { $email } are lost. This cannot be undone.
contacts-delete-button = Delete contact
contacts-delete-archive = Mails that were sent stay in the archive and in the reports.
contacts-delete-unsubscribed = The contact had unsubscribed, so the address goes on the suppression list and is not mailed if it is imported again.
contacts-delete-done = { $name } is deleted.

contacts-unsubscribed-notice = Unsubscribed { $when }
contacts-unsubscribed-text = Gets no campaigns.
contacts-suppressed-notice = Suppressed { $when }

contacts-many-add = Add to list
contacts-many-remove = Remove from list
contacts-many-none = Select some contacts first.
contacts-many-no-list = Choose a list first.
contacts-many-add-done = { $n ->
    [0] All of them were in “{ $list }” already.
    [one] { $n } contact is added to “{ $list }”.
   *[other] { $n } contacts are added to “{ $list }”.
}
contacts-many-remove-done = { $n ->
    [0] None of them was in “{ $list }”.
    [one] { $n } contact is removed from “{ $list }”.
   *[other] { $n } contacts are removed from “{ $list }”.
}
contacts-many-unsubscribe-title = { $n ->
    [one] Unsubscribe { $n } contact?
   *[other] Unsubscribe { $n } contacts?
}
contacts-many-unsubscribe-text = They get no more campaigns, at once, not even those that are being sent.
contacts-many-unsubscribe-button = { $n ->
    [one] Unsubscribe { $n } contact
   *[other] Unsubscribe { $n } contacts
}
contacts-many-unsubscribe-done = { $n ->
    [0] All of them had unsubscribed already.
    [one] { $n } contact is unsubscribed.
   *[other] { $n } contacts are unsubscribed.
}
contacts-many-suppress-title = { $n ->
    [one] Suppress { $n } contact?
   *[other] Suppress { $n } contacts?
}
contacts-many-suppress-text = Their addresses go on the suppression list: nothing is sent to them any more, even if they are imported again.
contacts-many-suppress-button = { $n ->
    [one] Suppress { $n } contact
   *[other] Suppress { $n } contacts
}
contacts-many-suppress-done = { $n ->
    [0] All of them were on the suppression list already.
    [one] { $n } address is added to the suppression list.
   *[other] { $n } addresses are added to the suppression list.
}
contacts-many-delete-title = { $n ->
    [one] Delete { $n } contact?
   *[other] Delete { $n } contacts?
}
contacts-many-delete-text = Their details, attributes, list memberships and history are lost. This cannot be undone. Those who had unsubscribed go on the suppression list.
contacts-many-delete-button = { $n ->
    [one] Delete { $n } contact
   *[other] Delete { $n } contacts
}
contacts-many-delete-done = { $n ->
    [one] { $n } contact is deleted.
   *[other] { $n } contacts are deleted.
}

contacts-history = History
contacts-history-none = Nothing has happened yet.
contacts-history-by = by { $name }
contacts-history-by-mail = by the link in a mail
contacts-history-import = Imported from { $file }
contacts-history-fields = Changed: { $fields }
contacts-history-email-before = Address before: { $email }
contacts-history-created = Added by hand
contacts-history-edited = Edited
contacts-history-listed = Added to the list “{ $list }”
contacts-history-unlisted = Removed from the list “{ $list }”
contacts-history-unsubscribed = Unsubscribed
contacts-history-resubscribed = Subscribed again
contacts-history-suppressed = Put on the suppression list
contacts-history-unsuppressed = Suppression lifted
contacts-history-opened = Opened { $when }
contacts-history-clicked = Clicked { $when }
contacts-history-bounced = Bounced { $when }
contacts-history-complained = Marked as spam { $when }
contacts-history-left = Unsubscribed by it { $when }
contacts-history-transactional = Transactional mail
contacts-history-test = Test mail
contacts-history-no-title = Mail without a subject
