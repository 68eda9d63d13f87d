//! What servers say, in their phase, and what kind of bounce that is: read from a delivery status of
//! which the text quotes it and the status says nothing.

use sebar_domain::BounceKind::{self, Blocked, Hard, Soft};
use sebar_domain::Phase::{self, Connect, EndOfData, Greeting, Mail, Rcpt};
use sebar_inbound::recognise;

const SAID: &[(BounceKind, Phase, &str)] = &[
    (Hard, Rcpt, "550 5.1.1 User not known"),
    (Hard, Rcpt, "550 No such local user"),
    (Hard, Rcpt, "550 Unknown address error 550-'unknown or illegal user'"),
    (Hard, Rcpt, "550 Invalid mailbox path"),
    (Hard, Rcpt, "550 this user does not exist here"),
    (Hard, Rcpt, "553 sorry, this recipient is not in my validrcptto list (#5.7.1)"),
    (Hard, Rcpt, "550 sorry, your envelope recipient is in my badrecipient list"),
    (Hard, Rcpt, "554 Recipient address does not match any known account"),
    (Hard, Rcpt, "550 mailbox not found"),
    (Hard, Rcpt, "550 Address rejected"),
    (Hard, Rcpt, "550-Verification failed for <x@y.example> 550 Unrouteable address"),
    (Hard, Rcpt, "550 user is unknown"),
    (Hard, Rcpt, "550 rcpt handle error"),
    (Hard, Rcpt, "551 user not local; please try <x@y.example>"),
    (Hard, Rcpt, "550 Requested action not taken: mailbox unavailable"),
    (Hard, Rcpt, "550 Recipient not exist"),
    (Hard, Rcpt, "550 the account is not registered"),
    (Soft, Rcpt, "550 5.2.1 Mailbox disabled for this recipient"),
    (Soft, Rcpt, "550 5.2.1 This account is currently suspended"),
    (Soft, Rcpt, "550 Account Inactive"),
    (Soft, Rcpt, "550 User suspended"),
    (Soft, Rcpt, "550 domain currently suspended"),
    (Soft, Rcpt, "450 4.2.1 mailbox temporarily disabled"),
    (Soft, Rcpt, "550 mailbox locked"),
    (Soft, Rcpt, "550 sorry user has been disabled due to inactivity"),
    (Soft, Rcpt, "554 delivery error: dd this account is not active"),
    (Soft, Rcpt, "552 5.2.2 mailbox full"),
    (Soft, Rcpt, "452 4.2.2 The email account that you tried to reach is over quota"),
    (Soft, Rcpt, "550 <x@y.example> Benutzer hat zuviele Mails auf dem Server"),
    (Soft, EndOfData, "552 Quota violation for x@y.example"),
    (Soft, EndOfData, "554 5.2.2 mailbox over its limit"),
    (Soft, Rcpt, "550 User mailbox exceeds allowed size"),
    (Soft, Rcpt, "552 sorry, that mailbox is over quota"),
    (Soft, Rcpt, "550 too many messages on this mailbox"),
    (Soft, EndOfData, "552 5.3.4 Message exceeds fixed size"),
    (Soft, EndOfData, "552 message size exceeds maximum value"),
    (Soft, EndOfData, "554 Message too big"),
    (Soft, EndOfData, "552 5.2.3 message exceeds individual size limit"),
    (Soft, EndOfData, "554 5.2.3 max message size exceeded"),
    (Blocked, Rcpt, "550 5.7.1 Mail from 1.2.3.4 refused by blackhole site"),
    (Blocked, Rcpt, "554 5.7.1 <mx[1.2.3.4]>: Client host rejected: Access denied"),
    (Blocked, Rcpt, "550 5.7.1 Client host rejected: cannot find your reverse hostname"),
    (Blocked, Greeting, "554 your ip is filtered"),
    (Blocked, Greeting, "554 Access denied"),
    (Blocked, Greeting, "421 Server refuses mail from your network"),
    (Blocked, Greeting, "550 Connections from this host are refused"),
    (Blocked, Greeting, "554 No SMTP service here"),
    (Blocked, Rcpt, "550 Access from ip address 1.2.3.4 blocked"),
    (Blocked, Rcpt, "550 connection refused by remote policy"),
    (Blocked, Rcpt, "554 Go away!"),
    (Blocked, Rcpt, "550 We're not able to accept mail from your server"),
    (Blocked, Rcpt, "550-\"JunkMail rejected - mx.example (1.2.3.4) is in an RBL\""),
    (Blocked, Rcpt, "554 Blocked - see https://support.example/x"),
    (Blocked, Rcpt, "550 Your message was rejected due to a poor sender score"),
    (Blocked, Mail, "553 5.1.8 Sender domain does not exist"),
    (Blocked, Mail, "550 5.1.8 Domain of sender address does not resolve"),
    (Blocked, Mail, "501 5.1.7 bad sender"),
    (Blocked, Mail, "554 invalid sender"),
    (Blocked, Rcpt, "550 Sender verify failed"),
    (Blocked, Rcpt, "550 5.7.1 <a@b.example>: Sender address rejected: not allowed"),
    (Blocked, Rcpt, "550 you are not allowed to post"),
    (Blocked, Mail, "550 rejected: MX record for your domain points to loopback"),
    (Blocked, Mail, "451 Domain of sender address <a@b.example> does not exist"),
    (Blocked, Rcpt, "550 we don't accept mail from spammers"),
    (Blocked, EndOfData, "554 5.7.1 Message rejected as spam by content filtering"),
    (Blocked, EndOfData, "550 5.7.1 This message was classified as SPAM and may not be delivered"),
    (Blocked, EndOfData, "550 spam message rejected"),
    (Blocked, EndOfData, "554 rejecting banned content"),
    (Blocked, EndOfData, "554 rejected - bulk email"),
    (Blocked, EndOfData, "550 Message contains UBE"),
    (Blocked, EndOfData, "550 appears to be unsolicited"),
    (Blocked, EndOfData, "554 5.7.0 Reject, id=1234 - SPAM"),
    (Blocked, EndOfData, "554 The message was rejected because it contains prohibited virus or spam content"),
    (Blocked, EndOfData, "550 virus detected: Eicar"),
    (
        Blocked,
        EndOfData,
        "554 this message has been rejected because it has a potentially executable attachment",
    ),
    (Blocked, EndOfData, "550 5.6.0 improper mime headers"),
    (Blocked, EndOfData, "554 5.6.1 Body type not supported"),
    (Blocked, EndOfData, "550 5.7.1 Unauthorized delivery"),
    (Blocked, Rcpt, "550 relaying mail to x@y.example is not allowed"),
    (Blocked, Rcpt, "550 Relaying to this domain denied"),
    (Blocked, Rcpt, "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
    (Blocked, Rcpt, "550 this server is not a relay"),
    (Blocked, Rcpt, "550 insecure mail relay"),
    (Blocked, Rcpt, "530 5.7.0 Authentication required"),
    (Blocked, Rcpt, "553 5.7.1 STARTTLS required"),
    (Blocked, EndOfData, "550 5.7.26 This mail is unauthenticated"),
    (Blocked, EndOfData, "550 5.7.23 SPF validation error"),
    (Blocked, Mail, "550 SPF: 1.2.3.4 is not allowed to send mail from b.example"),
    (Blocked, EndOfData, "550 5.7.1 Email rejected per DMARC policy"),
    (Blocked, Rcpt, "550 5.7.25 The ip address does not have a PTR record setup"),
    (Blocked, Rcpt, "550 5.7.1 reverse DNS for the sender failed"),
    (Blocked, Rcpt, "550 unable to find reverse dns for [1.2.3.4]"),
    (Blocked, Rcpt, "550-Mail rejected: your server has bad reputation"),
    (Blocked, Rcpt, "550 5.7.1 Recipient not authorized, your IP has been found on a block list"),
    (Blocked, EndOfData, "554 5.7.1 Message cannot be accepted, rules reject"),
    (Blocked, EndOfData, "550 5.7.1 message content rejected"),
    (Blocked, Rcpt, "550 5.7.64 TenantAttribution; Relay Access Denied"),
    (Blocked, EndOfData, "554 5.7.9 Message not accepted for policy reasons"),
    (Blocked, Rcpt, "550 Denied by policy"),
    (Blocked, Rcpt, "571 Email from 1.2.3.4 is currently blocked by example"),
    (Blocked, Rcpt, "550 RBL: http://njabl.example/"),
    (Blocked, EndOfData, "550 High probability of spam"),
    (Soft, Rcpt, "450 4.7.1 Too many recipients"),
    (Soft, Rcpt, "421 too many connections from your host"),
    (Soft, Greeting, "421 4.7.0 try again later, too many connections"),
    (Soft, Rcpt, "451 4.3.0 temporary lookup failure"),
    (Soft, Rcpt, "451 4.4.1 reply: read error from mx"),
    (Soft, EndOfData, "451 4.3.0 Error: queue file write error"),
    (Soft, Rcpt, "550 5.3.5 system config error"),
    (Soft, Rcpt, "554 5.3.5 Local configuration error"),
    (Soft, EndOfData, "452 4.3.1 insufficient system storage"),
    (Soft, Connect, "unable to connect successfully to the destination mail server"),
    (
        Soft,
        Connect,
        "conversation with mx.y.example[1.2.3.4] timed out while receiving the initial server greeting",
    ),
    (Soft, Connect, "delivery temporarily suspended: lost connection with mx"),
    (Soft, Connect, "mail system: message has exceeded maximum delivery time"),
    (Soft, Connect, "can't create user output file: disk quota exceeded"),
    (Soft, Connect, "maildir delivery failed: error writing message: No space left on device"),
    (Soft, Connect, "Command died with signal 9: \"/usr/bin/procmail\""),
    (Soft, Connect, "Delivery expired (message too old) 'timeout'"),
    (Soft, Connect, "delivery failed, exceeded retry limit"),
    (Soft, Connect, "Delivery not authorized, message refused by agent; 4.4.7 message expired"),
    (Soft, Rcpt, "550 5.4.6 Hop count exceeded - possible mail loop"),
    (Soft, Connect, "5.4.6 Too many hops 26 (25 max)"),
    (Hard, Connect, "Host unknown (Name server: y.example: host not found)"),
    (Hard, Connect, "The domain y.example could not be found"),
    (Hard, Connect, "5.1.2 bad destination system: no such domain"),
    (
        Hard,
        Connect,
        "Name service error for name=y.example type=MX: Malformed or unexpected name server reply",
    ),
    (Hard, Rcpt, "556 5.1.10 Recipient address has a null MX"),
    (Hard, Connect, "unable to resolve route y.example"),
    (Hard, Connect, "Domain y.example does not accept mail (nullMX)"),
    (Hard, Connect, "no route for y.example: domain does not exist"),
    (Hard, Connect, "user unknown"),
    (Hard, Connect, "Unknown user: x@y.example"),
    (Hard, Connect, "No such mailbox"),
    (Hard, Rcpt, "550 El usuario no existe"),
    (Hard, Rcpt, "550 usuario inexistente"),
    (Hard, Rcpt, "550 Empfaenger nicht bekannt"),
    (Hard, Rcpt, "550 destinataire inconnu"),
    (Hard, Rcpt, "550 mailbox inesistente"),
    (Hard, Rcpt, "550 Uzytkownik nie istnieje"),
    (Hard, Rcpt, "550 Пользователь не найден"),
    (Hard, Rcpt, "550 User unknown; rejecting"),
    (Hard, Rcpt, "550 5.1.1 Le compte n'existe pas"),
    (Soft, Rcpt, "552 Boite du destinataire pleine"),
    (Soft, Rcpt, "550 Mailbox des Empfaengers ist voll"),
    (Soft, Rcpt, "550 buzon lleno"),
    (Soft, Connect, "recipient storage full, try again in another time"),
    // Said of the sender or of the host: nobody is unknown.
    (Blocked, Rcpt, "550 sender does not exist"),
    (Blocked, Rcpt, "550 Unknown sender"),
    (Blocked, Rcpt, "550 invalid return path"),
    (Blocked, Rcpt, "550 The mail server does not recognize you as a valid sender"),
    (Blocked, Rcpt, "550 HELO host not found"),
    (Blocked, Rcpt, "550 Your MX does not exist"),
    (Blocked, Rcpt, "550 sender's mailbox not found at originating server (callout)"),
    (
        Blocked,
        Rcpt,
        "550 Your domain has no working postmaster address, see http://www.rfc-ignorant.example/",
    ),
    (Blocked, Rcpt, "550 Callback setup failed while verifying <me@shop.example>"),
    (Blocked, Rcpt, "550 Dieser Absender wurde gesperrt"),
    (Blocked, Rcpt, "550 L'expediteur n'est pas autorise"),
    (Blocked, Rcpt, "550 Remitente no autorizado"),
    (Blocked, Rcpt, "550 Отправитель заблокирован"),
    (Blocked, Rcpt, "550 发件人被拒绝"),
    // A refusal that names the recipient without saying that nobody is there.
    (Blocked, Rcpt, "550 email to this user is rejected by admin"),
    (Blocked, Rcpt, "550 Keine Berechtigung, an diesen Empfaenger zu senden"),
    (Blocked, Rcpt, "550 permanent failure for one or more recipients (x@y.example:blocked)"),
    (Soft, Rcpt, "550 Mailbox temporarily unavailable due to maintenance"),
    (Soft, Rcpt, "452 4.1.1 blocked, too many invalid recipients"),
    (Soft, Rcpt, "450 4.1.1 <x@y.example>: unverified address: Address verification in progress"),
    (Soft, Rcpt, "450 4.7.1 Try again later"),
    (Soft, Rcpt, "421 4.7.1 Too many concurrent connections from source IP"),
    // What a page is called says nothing.
    (Soft, Rcpt, "451 Come back later, see http://help.example/spam.htm"),
    // In no list of phrases: noun and predicate, in many languages, with and without accents.
    (Soft, Rcpt, "550 account on hold, contact billing"),
    (Soft, Rcpt, "550 dormant account"),
    (Soft, Rcpt, "550 Postfach derzeit gesperrt"),
    (Soft, Rcpt, "550 Boite aux lettres desactivee"),
    (Soft, Rcpt, "550 Compte inactif depuis plus de six mois"),
    (Soft, Rcpt, "550 Cuenta bloqueada por el administrador"),
    (Soft, Rcpt, "550 Account sospeso"),
    (Soft, Rcpt, "550 Учётная запись отключена"),
    (Soft, Rcpt, "550 Hesap devre dışı bırakıldı"),
    (Soft, Rcpt, "550 Akun dinonaktifkan"),
    (Soft, Rcpt, "550 该账号已停用"),
    (Soft, Rcpt, "550 Inbox at capacity"),
    (Soft, Rcpt, "550 user quota reached its maximum"),
    (Soft, Rcpt, "552 Speicherplatz des Empfaengers erschoepft"),
    (Soft, Rcpt, "550 Casella di posta piena"),
    (Soft, Rcpt, "552 Caixa de entrada cheia"),
    (Soft, Rcpt, "552 Skrzynka odbiorcy jest pełna"),
    (Soft, Rcpt, "552 Kvóta schránky překročena"),
    (Soft, Rcpt, "552 A postafiók megtelt"),
    (Soft, Rcpt, "552 メールボックスの容量を超えています"),
    (Hard, Rcpt, "550 Diese E-Mail-Adresse ist nicht mehr gueltig"),
    (Hard, Rcpt, "550 Cette adresse n'est plus valide"),
    (Hard, Rcpt, "550 Destinatario non valido"),
    (Hard, Rcpt, "550 Endereço de destino inválido"),
    (Hard, Rcpt, "550 Postvak opgeheven"),
    (Hard, Rcpt, "550 Mottagaren finns inte"),
    (Hard, Rcpt, "550 A címzett nem létezik"),
    (Hard, Rcpt, "550 Adresát neexistuje"),
    (Hard, Rcpt, "550 unrecognised recipient"),
    (Hard, Rcpt, "550 x@y.example has left the organisation"),
];

/// A notification in the manner of Postfix. `Connect` stands for what the reporting system says itself.
fn mail(phase: Phase, said: &str) -> String {
    let (host, command) = match phase {
        Rcpt => ("host mx.y.example[192.0.2.1] said: ", " (in reply to RCPT TO command)"),
        Mail => ("host mx.y.example[192.0.2.1] said: ", " (in reply to MAIL FROM command)"),
        EndOfData => ("host mx.y.example[192.0.2.1] said: ", " (in reply to end of DATA command)"),
        Greeting => ("host mx.y.example[192.0.2.1] refused to talk to me: ", ""),
        _ => ("", ""),
    };
    let class = if said.starts_with('4') { 4 } else { 5 };
    format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@relay.example\nTo: me@shop.example\nSubject: Undelivered\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n\
         <x@y.example>: {host}{said}{command}\n--b\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; relay.example\n\nFinal-Recipient: rfc822; x@y.example\nAction: failed\n\
         Status: {class}.0.0\nDiagnostic-Code: smtp; {said}\n\n--b--\n"
    )
}

#[test]
fn words_codes_and_phase_tell_the_kind() {
    let wrong: Vec<String> = SAID
        .iter()
        .filter_map(|(kind, phase, said)| {
            let report = recognise(mail(*phase, said).as_bytes());
            (report.kind != *kind)
                .then(|| format!("{kind}, {phase}: {said}: {} {:?}", report.kind, report.reason))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_same_words_are_hard_only_where_something_proves_it() {
    let kind = |phase, said| recognise(mail(phase, said).as_bytes()).kind;
    assert_eq!(kind(Rcpt, "550 User unknown"), Hard);
    assert_eq!(kind(EndOfData, "550 5.1.1 User unknown"), Hard);
    assert_eq!(kind(EndOfData, "550 User unknown"), Soft);
    assert_eq!(kind(Connect, "550 User unknown"), Soft);
    assert_eq!(kind(Connect, "User unknown"), Hard);
    assert_eq!(kind(Mail, "550 User unknown"), Blocked);
    assert_eq!(kind(Greeting, "554 5.1.1 User unknown"), Blocked);
}

#[test]
fn every_mail_system_quotes_the_same_reply() {
    // What a report says around a reply, of recipients, addresses and failures, is not the reply.
    let said = [
        (Blocked, "550 Rejected"),
        (Blocked, "550 5.7.1 Your IP 192.0.2.1 is listed at bl.spamcop.example"),
        (Soft, "451 4.7.1 Greylisted, please come back later"),
        (Soft, "552 5.2.2 Over quota"),
        (Hard, "550 5.1.1 User unknown"),
        (Hard, "550 No such user here"),
    ];
    for (kind, said) in said {
        let exim = format!(
            "X-Failed-Recipients: x@y.example\nFrom: Mailer-Daemon@relay.example\nSubject: Mail delivery failed\n\n\
             The following address(es) failed:\n\n  x@y.example\n    host mx.y.example [192.0.2.9]\n    SMTP error \
             from remote mail server after RCPT TO:<x@y.example>:\n    {said}\n"
        );
        let qmail = format!(
            "From: MAILER-DAEMON@relay.example\nSubject: failure notice\n\nHi. This is the qmail-send program.\n\n\
             <x@y.example>:\n192.0.2.9 does not like recipient.\nRemote host said: {said}\nGiving up on 192.0.2.9.\n"
        );
        for mail in [exim, qmail, mail(Rcpt, said)] {
            assert_eq!(recognise(mail.as_bytes()).kind, kind, "{mail}");
        }
    }
}

#[test]
fn a_code_that_the_reporter_made_does_not_outweigh_other_words() {
    let kind = |said: &str| {
        let mail = mail(Rcpt, said).replace("Status: 5.0.0", "Status: 5.1.1");
        recognise(mail.as_bytes()).kind
    };
    assert_eq!(kind("550 User unknown"), Hard);
    assert_eq!(kind("550 this mailbox has been locked"), Soft);
    assert_eq!(kind("550 Go away, we don't like you"), Blocked);
}
