campaigns-title = Campaigns
campaigns-new = New campaign
campaigns-new-text = Three steps: who receives it, what it says, and a last look. You can leave at any time; every step is kept.
campaigns-name = Name
campaigns-name-hint = Only you see it, for example “Newsletter December”.
campaigns-create = Continue
campaigns-search = Search name or subject
campaigns-all = All
campaigns-show-all = Show all
campaigns-empty-title = Mail to many, each in their own name
campaigns-empty-text = A campaign sends one mail to everybody in your lists, at the pace that your relays allow, and shows who opened it.
campaigns-none-found = No campaign found
campaigns-none-found-text = Try another word or another state.
campaigns-count = { $n ->
    [one] { $n } campaign
   *[other] { $n } campaigns
}
campaigns-campaign = Campaign
campaigns-state = State
campaigns-audience = Audience
campaigns-sent = Sent
campaigns-opened = Opened
campaigns-clicked = Clicked
campaigns-opens = Opens
campaigns-clicks = Clicks
campaigns-when = When
campaigns-of-total = of { $n }
campaigns-opened-of = { $n } of { $sent } that were sent
campaigns-clicked-of = { $n } of { $sent } that were sent
campaigns-more = More actions
campaigns-rename = Rename
campaigns-renamed = Renamed to “{ $name }”.
campaigns-duplicate = Duplicate
campaigns-copy-of = Copy of { $name }
campaigns-duplicated = “{ $name }” was made, with the same audience and content.
campaigns-delete = Delete draft
campaigns-delete-title = Delete “{ $name }”?
campaigns-delete-text = The draft and what was written in it are deleted for good. Templates and contacts stay.
campaigns-deleted = “{ $name }” was deleted.

campaigns-steps = Steps
campaigns-step-audience = Audience
campaigns-step-content = Content
campaigns-step-review = Review and send
campaigns-to-content = Continue to content
campaigns-to-review = Continue to review
campaigns-conflict-title = Somebody else changed this step meanwhile
campaigns-conflict-text = What you see below is what you entered; it is not saved yet. Saving it now replaces the other change. To see the other change instead, load the page again.
campaigns-conflict-short = Not saved: somebody else changed this step. Continue to see what to do.

campaigns-send-to = Send to
campaigns-but-not-to = But not to
campaigns-but-not-to-hint = Who is in one of these lists gets nothing, whatever other lists they are in.
campaigns-choose-list = Choose at least one list.
campaigns-will-receive = { $n ->
    [one] contact will receive it.
   *[other] contacts will receive it.
}
campaigns-in-lists = In the lists
campaigns-excluded = In excluded lists
campaigns-unsubscribed = Unsubscribed
campaigns-suppressed = Suppressed
campaigns-no-lists = There is no list yet
campaigns-no-lists-text = A campaign goes to the members of lists. Import contacts or make a list first; this draft waits here.
campaigns-no-lists-action = Go to contacts

campaigns-choose-template = Choose a template
campaigns-choose-template-text = It is copied into the campaign. Later changes of the template do not touch it.
campaigns-replaces = This replaces what is written now
campaigns-replaces-text = Subject, preheader, HTML and text of this campaign are replaced.
campaigns-keep-content = Keep what is written
campaigns-blank-html = <p>Hello { "{{ first_name | default(\"there\") }}" },</p>
campaigns-from-template = From the template
campaigns-other-template = Choose another template
campaigns-from = From
campaigns-from-name = Sender’s name
campaigns-from-email = Sender’s address
campaigns-reply-to = Answers go to
campaigns-reply-to-hint = Left empty, they go to the sender’s address.
campaigns-more-settings = Answers and tracking

campaigns-checks = Before it goes out
campaigns-blocking = { $n ->
    [one] { $n } thing must be mended
   *[other] { $n } things must be mended
}
campaigns-warnings = { $n ->
    [one] { $n } thing to look at
   *[other] { $n } things to look at
}
campaigns-all-well = All is well
campaigns-mend = Mend
campaigns-weight-bad = Must be mended:
campaigns-weight-warn = Look at this:
campaigns-weight-good = Fine:
campaigns-previous-contact = Previous contact
campaigns-next-contact = Next contact
campaigns-test = Test send
campaigns-test-to = Send a test to
campaigns-test-hint = Up to 10 addresses, parted by commas. The test is made for the contact shown in the preview.
campaigns-test-send = Send test
campaigns-test-bad = { $address }: { $why }
campaigns-test-many = At most { $n } addresses at a time.
campaigns-test-not-ready = A test needs content without faults, a sender’s address, and a relay that may send from it.
campaigns-test-queued = { $n ->
    [one] The test is on its way to { $addresses }. Look in that inbox, or in the mail catcher.
   *[other] { $n } tests are on their way to { $addresses }. Look in those inboxes, or in the mail catcher.
}
campaigns-later = Send later
campaigns-date = Date
campaigns-time = Time
campaigns-zone = Time zone
campaigns-schedule = Schedule
campaigns-reschedule = Change the time
campaigns-schedule-past = This moment is over. Choose one in the future.
campaigns-schedule-skipped = This time does not exist on that day: the clocks go forward. Choose one hour later.
campaigns-scheduled = Scheduled for { $at } ({ $zone }).
campaigns-starts-at = starts on { $at } ({ $zone })
campaigns-counted-again = They are counted again at the start.
campaigns-unschedule = Back to draft
campaigns-unscheduled = The schedule was taken back. The campaign is a draft again.
campaigns-send = { $n ->
    [one] Send to { $n } contact
   *[other] Send to { $n } contacts
}
campaigns-send-now = Send now
campaigns-start-title = { $n ->
    [one] Send to { $n } contact now?
   *[other] Send to { $n } contacts now?
}
campaigns-start-text = Sending of “{ $subject }” begins at once. You can pause it, but what was sent cannot be taken back.
campaigns-start-button = { $n ->
    [one] Send to { $n } contact
   *[other] Send to { $n } contacts
}
campaigns-started = { $n ->
    [one] Sending to { $n } contact has begun.
   *[other] Sending to { $n } contacts has begun.
}
campaigns-not-ready = It was not started: something must be mended first.

campaigns-pause = Pause
campaigns-resume = Resume
campaigns-cancel = Cancel campaign
campaigns-paused = Paused. Nothing more is sent until you resume.
campaigns-resumed = Sending goes on.
campaigns-cancelled = Cancelled. What was still queued is not sent.
campaigns-cancel-title = Cancel “{ $name }”?
campaigns-cancel-text = What was sent stays sent. What is still queued is never sent, and the campaign cannot be resumed.
campaigns-report = Open the report
campaigns-report-so-far = Report so far
campaigns-began = began
campaigns-over = ended
campaigns-began-at = Began
campaigns-over-at = Ended
campaigns-details = Details
campaigns-progress = { $done } of { $total } done
campaigns-rate = { $n } per second
campaigns-time-left = { $time } left
campaigns-queued = Queued
campaigns-failed = Failed
campaigns-held-back = Suppressed
campaigns-in-doubt = In doubt
campaigns-in-doubt-hint = The connection broke after the mail was handed over, so nobody can know whether it arrived. It is not sent again.
campaigns-not-sent = Cancelled

campaigns-state-draft = a draft
campaigns-state-scheduled = scheduled
campaigns-state-sending = being sent
campaigns-state-paused = paused
campaigns-state-sent = sent
campaigns-state-cancelled = cancelled
campaigns-pace = Pace
campaigns-pace-text = How fast and at which hours it is sent. It can be changed while it is being sent.
campaigns-pace-none = As fast as the relays allow, at any hour
campaigns-pace-change = Change
campaigns-pace-per-hour = At most { $n } an hour
campaigns-pace-window = only from { $from } to { $to } ({ $zone })
campaigns-pace-limit = Messages an hour, at most
campaigns-pace-limit-hint = Evenly spread. Leave it empty to send as fast as the relays allow.
campaigns-pace-hours = Hours of the day
campaigns-pace-hours-text = Outside these hours it waits by itself. Leave both empty to send at any hour.
campaigns-pace-from = From
campaigns-pace-to = To
campaigns-pace-both = Please enter both times, such as 08:00, or leave both empty.
campaigns-pace-same = Please choose two different times.
campaigns-pace-saved = Pace saved.
campaigns-pace-over = The pace was not changed: the campaign is over.
campaigns-pace-waits = It waits for its hours, until { $at }
campaigns-pace-over-pool = over { $name }
campaigns-pace-way = Way
campaigns-pace-pool-none = As the rules say
campaigns-pace-pool-hint = Only the relays of this pool carry the campaign.
campaigns-check-pool-off = No relay of the pool { $pool } is switched on
campaigns-check-pool-off-detail = Switch one of its relays on, add another to the pool, or let the campaign go over another pool.
campaigns-check-pool-refused = No relay of the pool { $pool } may send from { $address }

campaigns-wrong-start = It cannot be started: it is { $state }.
campaigns-wrong-schedule = It cannot be scheduled: it is { $state }.
campaigns-wrong-unschedule = The schedule cannot be taken back: the campaign is { $state }.
campaigns-wrong-pause = It cannot be paused: it is { $state }, and only a campaign that is being sent can be paused.
campaigns-wrong-resume = It cannot be resumed: it is { $state }, and only a paused campaign can be resumed.
campaigns-wrong-cancel = It cannot be cancelled: it is { $state }.
campaigns-wrong-resend = Nothing was sent again: it is { $state }.
campaigns-stuck = No relay can send it now
campaigns-stuck-text = Those that may are switched off, or rest after a fault and are tried again by themselves. Nothing is lost meanwhile.
campaigns-stuck-relays = See why
campaigns-blocked = It paused itself: { $blocked } of the last { $of } answers were refusals by policy.
campaigns-blocked-text = The last one: “{ $answer }”. Find out why before you resume: the relay’s operator can tell, and often a link in the answer. Going on harms your reputation.
campaigns-wrong-edit = It was not changed: it is { $state }, and only a draft can be changed.
campaigns-wrong-delete = It was not deleted: it is { $state }, and only a draft can be deleted.

campaigns-check-no-lists = Nobody is chosen to receive it
campaigns-check-no-lists-detail = Choose at least one list.
campaigns-check-nobody = Nobody would receive it
campaigns-check-nobody-detail = { $n ->
    [0] The chosen lists are empty.
    [one] The one contact in the chosen lists is excluded, unsubscribed or suppressed.
   *[other] All { $n } contacts in the chosen lists are excluded, unsubscribed or suppressed.
}
campaigns-check-audience = { $n ->
    [one] { $n } contact will receive it
   *[other] { $n } contacts will receive it
}
campaigns-check-left-out = { $n ->
    [one] { $n } is left out: excluded, unsubscribed or suppressed.
   *[other] { $n } are left out: excluded, unsubscribed or suppressed.
}
campaigns-check-no-from = There is no sender’s address
campaigns-check-bad-from = “{ $address }” is no email address
campaigns-check-no-from-detail = Recipients see it as the sender, and relays ask for it.
campaigns-check-no-from-name = There is no sender’s name
campaigns-check-no-from-name-detail = Recipients then see only the address.
campaigns-check-bad-reply-to = Answers cannot go to “{ $address }”: it is no email address
campaigns-check-no-relay = There is no relay to send through
campaigns-check-relays-off = Every relay is switched off
campaigns-check-no-relay-detail = A relay is the SMTP server that takes your mail. Add one, or switch one on.
campaigns-check-from-refused = No relay may send from { $address }
campaigns-check-from-refused-detail = Allow this address at a relay, or use a sender’s address that one allows.
campaigns-check-relays-rest = { $names } cannot be reached at the moment
campaigns-check-relays-rest-detail = Sending begins when the relay answers again. Open it to see what it said.
campaigns-check-relays = It goes through { $names }
campaigns-check-no-subject = There is no subject
campaigns-check-no-subject-detail = A mail without one is hardly opened, and often taken for spam.
campaigns-check-empty = The mail is empty
campaigns-check-empty-detail = Choose a template or write something.
campaigns-check-fault = The content has a fault
campaigns-check-bad-link = A link leads nowhere
campaigns-check-unsubscribe = There is a link to unsubscribe
campaigns-check-no-unsubscribe = The mail shows no link to unsubscribe
campaigns-check-no-unsubscribe-detail = Put { "{{ unsubscribe_url }}" } into a link. Many laws ask for it, and without it people press “spam”.
campaigns-check-no-text = There is no plain text
campaigns-check-no-text-detail = None can be made from the HTML, perhaps because it is all pictures. Write a few words.
campaigns-check-clipped = The HTML has { $size }: Gmail cuts it off at 102 KB
campaigns-check-clipped-detail = What comes after is hidden, often the unsubscribe link and the tracking of opens. Shorten it, or leave out pictures that are inside the HTML.
campaigns-check-size = The HTML has { $size }
campaigns-check-lacked = { $n ->
    [one] { $n } contact has no “{ $name }”
   *[other] { $n } contacts have no “{ $name }”
}
campaigns-check-lacked-by-all = No contact in this audience has “{ $name }”
campaigns-check-lacked-detail = They would get no mail. Write { "{{ " }{ $name }{ " | default(\"…\") }}" } to give them another word.
campaigns-check-variables = Every contact has { $names }
campaigns-check-no-address = Your postal address is missing
campaigns-check-no-address-detail = Many laws ask for it in each mail. Fill it in under Settings, and use { "{{ company_address }}" }.
campaigns-check-bad-url = The public address of this installation is not usable
campaigns-check-bad-url-detail = Whoever runs this server must set SEBAR_PUBLIC_URL to an address that begins with https://
campaigns-check-local-url = Links lead to { $url }, which others cannot reach
campaigns-check-local-url-detail = Fine for a trial. For real recipients, whoever runs this server must set SEBAR_PUBLIC_URL.
campaigns-check-takes = It takes about { $time }
campaigns-check-takes-detail = At the limits of the relays.
campaigns-check-takes-long-detail = At the limits of the relays. Add a relay or raise a limit to be faster.
campaigns-check-no-limit = It goes as fast as the relay takes it
campaigns-check-no-limit-detail = No limit is set. If your provider has one, set it at the relay.
