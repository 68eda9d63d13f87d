//! Words about who sends, from where, and what.

/// A door that opens on a confirmation.
pub(super) const CONFIRMATION: &str = "
    requires confirmation | to confirm this | confirm that you
";

/// SPF, DKIM, DMARC.
pub(super) const NOT_AUTHENTICATED: &str = "
    authentication information | spf check | spf fail | fails spf | failed spf | spf: fail |
    spf validation | spf record | spf-fail | sender policy framework | dkim | dmarc | sender id |
    email is unauthenticated | sender is unauthenticated | unauthenticated email | unauthenticated mail |
    domainkeys | spf: | softfail | by spf | spf sender | mi:spf | sender authentication fail | not pass authentication | authentication checks | senderid | authentication level
";

/// Block lists, reputation, names of hosts.
pub(super) const LISTED: &str = "
    mismatches client ip | is listed in | is listed by | is listed on | been listed | address listed |
    user complaints | unexpected volume | (bl) | source ip | is listed at | spamhaus | spamcop | sorbs |
    dnsbl | rbl | blacklist | black list | black-list | blocklist | block list | blocked list |
    blocked using | block-list | barracudacentral | spamrats | uceprotect | cloudmark | senderscore |
    senderbase | trustedsource | reputation | ip address is blocked | ip blocked | your ip | client host |
    sending ip | sending mta | connecting ip | reverse dns | reverse lookup | reverse host | ptr record |
    ptr: | no ptr | rdns | dns ptr | cannot find your hostname | cannot find your reverse |
    does not resolve | not rfc compliant host | dynamic ip | dynamic address | dialup | dial-up |
    generic hostname | helo command rejected | invalid helo | bad helo | helo name | access denied. ip |
    заблокирован ip | lista negra | liste noire | lista nera | schwarze liste | schwarzen liste | sperrliste | possibly forged | zwarte lijst |
    czarn | черном списке | черный список | access from ip | 黑名单 | 黑名單 | ブラックリスト | 블랙리스트
";

/// This sender is not let in.
pub(super) const REFUSED: &str = "
    not accepting mail from | not accepting mail with | invalid dns mx | valid mx record | groups.google.com | sender rejected | sender denied | sender is denied |
    sender blocked | sender not allowed | sender verify | sender verification | sender domain |
    sender not authorized | sender address | from address rejected | invalid sender | bad sender |
    doesn't accept mail from | not accept mail from | refuses mail from | mail from this sender |
    mail from you | mail from this domain | messages from this domain | not allowed to send |
    not authorized to send | not allowed to post | domain of sender | domain of the sender |
    sender's domain | envelope sender | unverified sender | sender is not | return address |
    blocked sender | blocked by recipient | has been blocked by the user | from this address |
    domain is blocked | recipient has blocked | restricted to internal senders | only accepts |
    only accept mail from | authenticated senders | not a member of | members only | only members |
    not subscribed | isn't set up to receive messages from | is only accepting | messages to the group |
    posting to | permission to post | for your domain
";

/// Not passed on.
pub(super) const RELAYING: &str = "
    not configured to relay | not allowed to relay | relaying denied | relay denied |
    relay access denied | unable to relay | relay not permitted | relaying not | relaying prohibited |
    relaying disallowed | not permitted to relay | relaying to | not a gateway | rcpthosts | can't relay |
    not relay | relaying mail to | relaying for | relaying is | no relaying | mail relay | open relay |
    domain isn't in | not local host | allowed to be relayed | not hosted here |
    authentication when attempting
";

/// A relay's own list.
pub(super) const SUPPRESSED: &str = "
    suppression list | previously bounced | bounced address | unsubscribed address | on our suppress
";

/// What the mail holds.
pub(super) const CONTENT: &str = "
    header error | invalid header | bad header | illegal header | message header | from: header |
    attachment type | attachments of type | illegal attachment | forbidden attachment |
    attachment is not | attachment not | html mail | no html | message looks like | spam | junk mail |
    junkmail | bulk mail | unsolicited | virus | malware | phish | infected | trojan | worm |
    content rejected | content filter | content policy | content restriction | content blocked |
    message content | contents of your | offensive | undesirable | forbidden content | banned content |
    banned file | blocked file | executable | suspicious | suspected | advertis | quarantin |
    malformed message | rfc 2822 | rfc 5322 | rfc2822 | rfc5322 | rfc 822 | 8bit | 8-bit |
    message scored | denied by content | denied by policy content | rejected by content |
    rejected due to content | mail content denied | inappropriate | profanity | bayes | spf and content |
    classified as | dt:spm | blocked attachment | security issue | missing from | message-id header | without a subject |
    bare lf | bare cr | lone cr | not rfc compliant | rfc compliant | спам | too many url | cautious | unwelcome | 迷惑メール | 垃圾 | 広告 | 스팸
";

/// Whoever comes back later is let in.
pub(super) const GREYLISTED: &str = "
    greylist | grey-list | grey list | graylist | gray-list | gray list
";

/// Too much at a time, whatever else is said of who sends it.
pub(super) const TOO_MANY: &str = "
    too many connection | too many concurrent | too many errors | too many sessions | too many recipients |
    too many recepients | too many invalid | too many unknown | too many bad | messages for this session |
    frequency limited | limits for how many messages
";

/// Too much at a time.
pub(super) const THROTTLED: &str = "
    too many messages | too many mails | too many emails | rate limit | rate-limit | ratelimit |
    throttl | too fast | slow down | connection limit | connection frequency | frequency limited |
    exceeded the maximum | exceeded the allowable | excessive | max emails per hour |
    limit on the number | sending limit | hourly limit | daily limit | trop de connexions |
    trop de messages
";

/// Refused without more.
pub(super) const POLICY: &str = "
    security reason | for security | policy | prohibited | not permitted | not authoris | by admin | berechtigung | autoris | autoriz | not allowed | administrative |
    forbidden | unauthorized | not authorized | banned | blocked | refused by | permission | denied |
    rejected by the | rejected by your | rejected by our | restricted | we reject | encryption |
    encrypted | starttls | authentication required | authentication is required | smtp auth |
    authorization | violat | abgelehnt | a été refusé | est refusé | message refusé | service refusé | rejeté | rechazad | rejeitad | rifiutat | geweigerd | отклонен |
    ditolak | go away
";
