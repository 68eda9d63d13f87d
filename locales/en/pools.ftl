pools-title = Pools
pools-empty-title = No pools yet
pools-empty = You need pools only if not every relay shall carry everything: a better relay for order mails, a second one that steps in when the first fails, or two that share a campaign 80 to 20. Without pools each relay carries all mail that its sender addresses allow.
pools-add = Add pool
pools-edit = Edit pool
pools-save = Save pool
pools-saved = { $name } is saved.
pools-form-text = Relays that carry the same mail. Lead mail here by a rule, or choose the pool at a campaign.
pools-name = Name
pools-name-hint = How you call it here, such as “Order mails”.
pools-by-speed = Each relay takes what it can.
pools-by-weight = Relays in the same place share the mail by their weights.
pools-share = How relays in the same place share
pools-share-speed = By speed
pools-share-speed-hint = Each takes what it can. The pool is as fast as all of them together.
pools-share-weight = By weight
pools-share-weight-hint = Each gets exactly its part: 80 and 20 are four to one. A relay that is ahead waits for the others.
pools-relays = Relays
pools-relays-hint = The relays of the first choice carry the mail. The next choice steps in only while none of those before it works, and for single mails that those before it do not want. Weights go from 1 to 100 and count only where relays share by weight.
pools-relay = Relay
pools-rank = Place
pools-rank-none = Not in this pool
pools-rank-first = First choice
pools-rank-then = Choice { $n }
pools-weight = Weight
pools-state = State
pools-no-relays = This pool has no relay any more: its mail waits. Edit it, or lead its mail elsewhere.
pools-led-here = { $rules ->
    [0] No rule leads here
    [one] { $rules } rule leads here
   *[other] { $rules } rules lead here
}, { $campaigns ->
    [0] and no unfinished campaign has chosen it.
    [one] and { $campaigns } unfinished campaign has chosen it.
   *[other] and { $campaigns } unfinished campaigns have chosen it.
}
pools-fault-weight = Please enter a weight from 1 to 100.
pools-fault-empty = Please give at least one relay a place.
pools-fault-name-taken = Another pool has this name.
pools-fault-relay-gone = One of these relays has just been deleted. Look again, and save.
pools-delete = Delete pool
pools-delete-title = Delete { $name }?
pools-delete-text = The rules that lead here go with it. Mail that came here goes over any relay that may send it.
pools-deleted = The pool is deleted.
pools-needed = The pool was not deleted: campaigns still need it.
pools-needed-by = These campaigns have chosen this pool and are not finished. It can be deleted when they are, or when they go over another.

pools-rules = Which mail goes over which pool
pools-rules-text = A pool that a campaign has chosen itself comes first. Then the rule for its sender’s domain, then the one for its kind. Mail that no rule concerns goes over any relay.
pools-rule-stream = Kind of mail
pools-rule-domain = Sender’s domain
pools-rule-domain-hint = The part after the @ of the sender’s address, such as example.com. Empty: any.
pools-rule-pool = Pool
pools-rule-add = Add rule
pools-rule-added = The rule is in force.
pools-rule-delete = Remove
pools-rule-deleted = The rule is removed.
pools-fault-domain = This is no domain. Enter the part after the @, such as example.com.
pools-fault-rule-taken = There is a rule for this kind and domain already. Remove that first.
pools-stream-any = All mail
pools-stream-campaign = Campaigns
pools-stream-transactional = Single mails of programs
pools-stream-test = Test mails
pools-domain-any = any domain

receivers-title = Mailbox providers
receivers-text = Big mailbox providers take only so much at a time from one sender. These limits hold for all relays and senders together; mail to others is not held up meanwhile.
receivers-defaults = Gmail, Yahoo and Outlook are here from the beginning, with careful limits: change them when you know what these providers take from you.
receivers-empty-title = No limits for mailbox providers
receivers-add = Add provider
receivers-edit = Edit provider
receivers-save = Save provider
receivers-saved = The limits for { $name } are saved.
receivers-deleted = The limits are removed.
receivers-name = Name
receivers-domains = Domains
receivers-domains-hint = One a line. A * stands for anything: yahoo.* is yahoo.com, yahoo.co.id and so on.
receivers-connections = Mails at once
receivers-per-second = Mails a second
receivers-rate = { $n }
receivers-limits-hint = At least one of the two. Empty means no limit.
receivers-fault-no-limit = Please enter one of the two limits.
receivers-fault-domain = { $domain } is no domain. Use letters, digits, dots, hyphens, and * for anything.
receivers-fault-taken = { $domain } belongs to { $name } already.
receivers-fault-many = Please enter at most { $n } domains.
receivers-fault-name-taken = Another provider has this name.
receivers-delete = Remove limits
receivers-delete-title = Remove the limits for { $name }?
receivers-delete-text = Mail to these domains is then sent as fast as the relays allow.
