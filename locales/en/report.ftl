# A campaign's report and its recipients.
report-title = Report
report-of = Report: { $name }
report-campaign = Campaign
report-recipients = Recipients
report-recipients-of = Recipients: { $name }
report-sent = Sent
report-opened = Opened
report-clicked = Clicked
report-opens = Opens
report-clicks = Clicks
report-unsubscribed = Unsubscribed
report-failed = Failed
report-bounced = Bounced
report-complained = Complaints
report-queued = Queued
report-suppressed = Suppressed
report-in-doubt = In doubt
report-cancelled = Cancelled
report-of-n = of { $n }
report-of-sent = { $n } of { $sent } sent
report-of-all = { $n } of { $all } messages
report-people = { $n ->
    [one] { $n } person
   *[other] { $n } people
}
report-off = Opens and clicks are not recorded
report-off-text = This campaign was sent without tracking.
report-anonymous = Counted without names
report-anonymous-text = This campaign counts opens and clicks, but not whose they are; one person may count several times.
report-time = Over time
report-by-hour = First 72 hours
report-by-day = By day
report-chart-hour = Opens and clicks by the hour
report-chart-day = Opens and clicks by the day
report-nothing-yet = Nobody has opened it yet.
report-when = When
report-links = Links
report-link = Link
report-clickers = People
report-no-links = The mail has no tracked link.
report-reasons = Why messages were not sent
report-reason = Reason
report-state = State
report-messages = Messages
report-example = An answer
report-see-one = See one of them
report-domains = By recipient domain
report-domain = Domain
report-other-domains = { $n ->
    [one] { $n } other domain
   *[other] { $n } other domains
}
report-counting = The domains are being counted. This takes a few seconds for a large campaign.
report-recounting = Newer numbers are being counted.
report-counted = Counted
report-all = All
report-search = Search by the beginning of an address
report-none = No recipient found
report-none-text = Try another filter, or only the beginning of the address.
report-show-all = Show all recipients
report-recipient = Recipient
report-answer = Reason and last answer
report-resend-failed = Resend the { $n } that failed
report-resend-failed-title = { $n ->
    [one] Send the one mail that failed again?
   *[other] Send the { $n } mails that failed again?
}
report-resend-failed-text = Each is tried again, also those whose address was refused for good. Who unsubscribed or was suppressed meanwhile gets nothing.
report-resend-in-doubt = Resend the { $n } in doubt
report-resend-in-doubt-title = { $n ->
    [one] Send the one mail in doubt again?
   *[other] Send the { $n } mails in doubt again?
}
report-resend-in-doubt-text = Some of these people may have got it already and would get it twice. Who unsubscribed or was suppressed meanwhile gets nothing.
report-resent = { $n ->
    [0] Nothing was left to send again.
    [one] One mail is on its way again.
   *[other] { $n } mails are on their way again.
}
report-export = Download CSV
report-csv-address = Address
report-csv-name = Name
report-csv-state = State
report-csv-reason = Reason
report-csv-finished = Finished
report-csv-code = Reply code
report-csv-status = Status code
report-csv-answer = Last answer
report-csv-opened = First opened
report-csv-clicked = First clicked
report-csv-unsubscribed = Unsubscribed
