# Writing a mail: in a template or in a campaign.
writing-parts = Parts of the mail
writing-subject = Subject
writing-subject-hint = Around 50 characters are seen on a phone.
writing-preheader = Preheader
writing-preheader-hint = Shown after the subject in the inbox.
writing-html = HTML
writing-text = Plain text
writing-text-part = Plain text
writing-text-hint = Left empty, it is made from the HTML.
writing-own-text = Write the plain text yourself
writing-insert = Variables to insert
writing-insert-hint = A click inserts the variable where the cursor was. Write { "{{ city | default(\"…\") }}" } for contacts without a value.

writing-preview = Preview
writing-part-shown = Part shown
writing-text-tab = Text
writing-width = Width
writing-desktop = Desktop width
writing-phone = Phone width
writing-as = As seen by
writing-as-placeholder = Email or name of a contact
writing-refresh = Refresh
writing-found-nobody = No contact matches. The preview shows a made-up one.
writing-sample = There are no contacts yet, so the preview shows a made-up one.
writing-no-subject = No subject yet
writing-from-to = { $from } to { $to }
writing-size = HTML: { $size }
writing-clipped = Gmail will cut it off
writing-clipped-hint = Gmail shows the first 102 KB of a mail and hides the rest, often with the unsubscribe link.
writing-not-shown = The preview comes back when this is mended
writing-faults = { $n ->
    [one] { $n } thing to mend
   *[other] { $n } things to mend
}
writing-not-for = Cannot be made for { $who }
writing-default-hint = Add a fallback such as { "{{ city | default(\"your city\") }}" }, or ask first: { "{% if city %} … {% endif %}" }.

writing-at-line = Line { $line }: { $text }
writing-at-part = { $part }: { $text }
writing-at-part-line = { $part }, line { $line }: { $text }

writing-fault-syntax = The template language was not understood: { $detail }
writing-fault-unknown-filter = There is no filter “{ $detail }”.
writing-fault-unknown-test = There is no test “{ $detail }”.
writing-fault-unknown-function = There is no function “{ $detail }”.
writing-fault-unknown-variable = “{ $detail }” has no value, and no default stands in.
writing-fault-wrong-value = A value cannot be used this way: { $detail }
writing-fault-too-costly = This works too long or makes too much text. Look for a loop that is too large.
writing-fault-bad-link = The link “{ $detail }” is no complete address. Begin it with https://
writing-fault-unsafe-link = The link “{ $detail }” is not allowed in a mail.
writing-fault-too-long = This part is longer than 2 MB.
writing-fault-no-text = No plain text can be made from this HTML. Write the plain text yourself.
