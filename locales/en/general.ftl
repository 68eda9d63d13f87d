# Words that many pages share.
time-now = just now
time-soon = in a moment
time-ago = { $span } ago
time-ahead = in { $span }
time-seconds = { $n ->
    [one] { $n } second
   *[other] { $n } seconds
}
time-minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
}
time-hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
}
time-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}

action-save = Save
action-cancel = Cancel
action-back = Back
action-delete = Delete
action-edit = Edit
action-add = Add
action-search = Search
action-filter = Filter
action-download = Download
action-next = Next
action-previous = Previous
action-continue = Continue
action-retry = Try again
action-undo = Undo

fault-required = Please fill this in.
fault-too-long = Please use at most { $n } characters.
fault-number = Please enter a number from { $min } to { $max }.
fault-choice = Please choose one of these.

address-empty = Please enter an email address.
address-no-at = An email address has an @ in it, like ana@example.com.
address-local = The part before the @ has a character that cannot stand there.
address-domain = The part after the @ is not a complete domain, like example.com.
address-too-long = This email address is too long to be one.

error-not-found-title = Nothing here
error-not-found-text = This page does not exist, or what it showed has been deleted.
error-forbidden-title = Not for your role
error-forbidden-text = Your role does not allow this. Ask an owner of this installation if you need it.
error-foreign-origin-title = This did not come from Sebar
error-foreign-origin-text = Nothing was changed, because the request came from another site. Go back to Sebar and try again there.
error-bad-request-title = That could not be understood
error-bad-request-text = The request was incomplete or damaged on its way. Go back and try again.
error-too-large-title = That is too large
error-too-large-text = More was sent than this page takes. Nothing was changed.
error-conflict-title = Something changed meanwhile
error-conflict-text = Somebody else was quicker. Go back, load the page again and see what it looks like now.
error-internal-title = Something went wrong on our side
error-internal-text = The request was not carried out. Try again in a moment; if it happens again, tell whoever runs this server to look at its log.
error-home = Go to Home
