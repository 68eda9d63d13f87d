# Home.
home-new-campaign = New campaign
home-steps = First steps
home-steps-text = Four steps to your first campaign. Each is kept; come back whenever you like.
home-step-done = Done
home-step-relay = Add a relay
home-step-relay-text = The mail server that delivers for you: Gmail, Amazon SES, your own, or the built-in mail catcher to try things.
home-step-contacts = Import contacts
home-step-contacts-text = Upload a CSV file with names and addresses.
home-step-contacts-done = { $n ->
    [one] Done: { $n } contact
   *[other] Done: { $n } contacts
}
home-step-template = Make a template
home-step-template-text = Begin with a finished design and put in your words.
home-step-campaign = Send a campaign
home-step-campaign-text = Choose who receives it, look at it once more, and send.
home-attention = Needs attention
home-no-relay = No relay is switched on
home-no-relay-text = Nothing can be sent until one is.
home-see-relays = See relays
home-resting = “{ $name }” rests
home-tried-again = It is tried again
home-paused = “{ $name }” is paused
home-paused-text = { $done } of { $total } messages are done; the others wait.
home-see-campaign = See the campaign
home-import-failed = The import of “{ $name }” failed
home-see-why = See why
home-now = Now and next
home-progress = { $done } of { $total } messages
home-import-progress = { $n ->
    [one] { $n } row read
   *[other] { $n } rows read
}
home-month = Last 30 days
home-before = { $value } in the 30 days before
home-before-none = nothing in the 30 days before
home-sent = Sent
home-opened = Opened
home-clicked = Clicked
home-unsubscribed = Unsubscribed
home-contacts = Contacts
home-sent-title = { $n ->
    [one] by { $n } campaign
   *[other] by { $n } campaigns
}
home-of-tracked = { $n } of { $of } sent with tracking by person
home-of-sent = { $n } of { $of } sent
home-recent = Recent campaigns
home-all-campaigns = All campaigns
home-campaign = Campaign
home-state = State
home-when = When
home-webhooks =
    { $n ->
        [one] A webhook was turned off
       *[other] { $n } webhooks were turned off
    }
home-webhooks-text = Their calls failed for three days, or their program is gone.
home-see-webhooks = See webhooks
