# Relays: SMTP servers that take our mail.
relays-title = Relays
relays-add = Add relay
relays-edit = Edit relay
relays-save = Save relay
relays-create = Save and test
relays-choose = Which server takes your mail on its way? Choose yours; addresses and limits are filled in.
relays-empty-title = No relay yet
relays-empty = A relay is the SMTP server that takes your mails on their way: your provider’s, or your own. Without one nothing can be sent.
relays-empty-viewer = A relay is the SMTP server that takes your mails on their way. An owner can add one.

relays-preset-gmail = Gmail
relays-preset-gmail-hint = Needs an app password (Google account → Security → 2-step verification → App passwords). At most 500 mails a day.
relays-preset-workspace = Google Workspace relay
relays-preset-workspace-hint = The relay service of your organisation, for up to 10,000 mails a day for each user. An administrator must allow it.
relays-preset-microsoft365 = Microsoft 365
relays-preset-microsoft365-hint = An administrator must allow “Authenticated SMTP” for the mailbox. At most 30 mails a minute, 10,000 a day.
relays-preset-ses = Amazon SES
relays-preset-ses-hint = Make SMTP credentials in the SES console; they are not your AWS keys. Correct the region in the server’s name.
relays-preset-mailgun = Mailgun
relays-preset-mailgun-hint = Use the SMTP credentials of your sending domain. In the EU the server is smtp.eu.mailgun.org.
relays-preset-sendgrid = SendGrid
relays-preset-sendgrid-hint = The user name is “apikey”; the password is an API key with the right to send mail.
relays-preset-brevo = Brevo
relays-preset-brevo-hint = Login and SMTP key stand under “SMTP & API” in your account.
relays-preset-postfix = Postfix on this host
relays-preset-postfix-hint = Your own mail server on the same machine, reached without login.
relays-preset-catcher = Mail catcher
relays-preset-catcher-hint = Sebar’s own: takes every mail, delivers none. For trying things out.
relays-preset-custom = Another server
relays-preset-custom-hint = Any SMTP server, on port 587, 465 or 25.

relays-name = Name
relays-name-hint = How you call it here.
relays-server = Server
relays-host = Host name
relays-port = Port
relays-security = Encryption
relays-security-hint = 587 usually means STARTTLS, 465 TLS. Without encryption only on this machine or a network that you trust.
relays-security-starttls = STARTTLS, required
relays-security-tls = TLS from the start
relays-security-none = None
relays-ca = Certificate authority
relays-ca-hint = Only for a server with a certificate of your own authority: its certificate in PEM form.
relays-login = Login
relays-authentication = Method
relays-authentication-password = User name and password
relays-authentication-none = None
relays-username = User name
relays-password = Password
relays-password-hint = Stored encrypted and never shown again.
relays-password-keep = A stored password is kept if you leave this empty. If you change the server or the user name, enter it again.
relays-from = Sender addresses
relays-from-any = any
relays-from-allowed = May send from
relays-from-hint = One a line: whole addresses, or @example.com for a domain. Empty: any.
relays-limits = Limits
relays-limits-hint = Sebar never exceeds them, however many senders run. Empty means no limit.
relays-per-second = A second
relays-per-hour = An hour
relays-per-day = A day
relays-connections = Connections
relays-limit-connections = { $n ->
    [one] { $n } connection
   *[other] { $n } connections
}
relays-limit-second = { $n } a second
relays-limit-hour = { $n } an hour
relays-limit-day = { $n } a day
relays-usage = Used
relays-usage-text = { $hour } in the last hour, { $day } in the last 24 hours

relays-state-on = In use
relays-state-off = Switched off
relays-state-resting = Resting
relays-resting-text = Nothing is lost: what should go over it waits or takes another relay. Sebar tries it again { $when }.
relays-resume = Try now
relays-enable = Switch on
relays-disable = Switch off
relays-enabled = { $name } is switched on.
relays-disabled = { $name } is switched off; nothing goes over it until you switch it on again.
relays-resumed = { $name } is tried again now.
relays-created = { $name } is saved. Send yourself a test mail now.
relays-saved = { $name } is saved.
relays-deleted = { $name } is deleted.
relays-delete = Delete relay
relays-delete-title = Delete { $name }?
relays-delete-text = Its password is forgotten. Mails that wait for it take another relay that may send them, or wait until there is one. The archive keeps what was sent.

relays-trouble-dns = The server’s name cannot be found.
relays-trouble-unreachable = The server does not answer.
relays-trouble-not_smtp = What answers there is no mail server.
relays-trouble-tls = No secure connection could be made.
relays-trouble-login = The relay refused the user name or password.
relays-trouble-token = The sign-in with the provider was refused or has run out. Connect the account again: enter a new refresh token.
relays-trouble-token_server = The address that hands out access tokens does not answer as it should.
relays-trouble-sender_refused = The relay does not let you send from this address.
relays-trouble-relaying_denied = The relay does not pass mail on for you.
relays-trouble-blocked = The relay blocks your mail by its policy.
relays-trouble-busy = The relay asked to slow down.
relays-trouble-quota = The relay’s quota is used up.
relays-trouble-drops = The relay dropped connection after connection.
relays-trouble-settings = The relay’s settings cannot be used.

relays-fault-host = This is no host name. Enter it without http:// and without a port, like smtp.example.com.
relays-fault-ca = This is no certificate in PEM form. It begins with -----BEGIN CERTIFICATE-----.
relays-fault-name-taken = Another relay has this name.
relays-fault-from-not-allowed = This relay may not send from this address. Choose another, or add it to the relay’s sender addresses.

relays-test = Test
relays-test-title = Test { $name }
relays-test-text = Sends a real mail over this relay and shows what the server says.
relays-test-from = From
relays-test-to = To
relays-test-to-hint = An inbox that you can look into.
relays-test-send = Send test mail
relays-test-good = The relay took the mail.
relays-test-good-text = Look into the inbox of { $to }; give it a minute, and look into the spam folder too.
relays-test-bad = The mail was not sent.
relays-test-conversation = Conversation with the server
relays-test-mail-subject = Test mail from Sebar
relays-test-mail-text = This mail came over the relay “{ $name }”. If you can read it, the relay works.

relays-fault-dns = The server’s name cannot be found. Check its spelling, and that this machine can look up names.
relays-fault-refused = Nothing listens at this host and port. Check the port: 587, 465 or 25.
relays-fault-timeout = The server did not answer in time. Often a firewall, or a provider that blocks port 25; try port 587.
relays-fault-no-starttls = The server offers no STARTTLS, so nothing was sent in the clear. Try port 465 with TLS, or ask the provider.
relays-fault-not-tls = The server does not speak TLS at this port. For port 587 or 25 choose STARTTLS, for 465 TLS.
relays-fault-certificate = The server’s certificate cannot be trusted: it is out of date, for another name, or of an unknown authority. Check the host name; for your own authority, add its certificate.
relays-fault-tls = No secure connection could be agreed on. Check port and encryption.
relays-fault-no-auth = The server offers no login by password here. Check port and encryption; some providers want it allowed in their settings first.
relays-fault-password = The relay refused the user name or password. Many providers want an app password or an SMTP key instead of your usual password.
relays-fault-sender = The relay does not let you send from this address. Verify the address or its domain with the provider, or use another.
relays-fault-relaying = The relay does not pass mail on for you. It wants a login, or your address among those that it allows.
relays-fault-recipient = The relay works, but refuses this recipient. Check the address.
relays-fault-rejected = The server refuses to talk to this machine. Its answer below says why; often the address is on a blocklist.
relays-fault-content = The server refused the mail itself. Its answer below says why.
relays-fault-closed = The server closed the connection in the middle. Check port and encryption.
relays-fault-other = Something unexpected happened; the line below says what.

# What a relay said lately.
relays-lately = Conversations
relays-lately-outcome = Outcome
relays-lately-none = Nothing was said lately
relays-lately-none-text = When mail goes out over this relay, its answers appear here as they come.
relays-lately-rate = { $n ->
    [one] One message taken in the last minute
   *[other] { $n } messages taken in the last minute
}
relays-lately-rate-more = More than { $n } messages taken in the last minute
