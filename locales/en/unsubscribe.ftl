# The public page behind the unsubscribe link. Its readers are the company's customers.
unsubscribe-title = Unsubscribe
unsubscribe-ask = Stop all mailings from { $company } to { $address }?
unsubscribe-confirm = Unsubscribe
unsubscribe-done-title = You are unsubscribed
unsubscribe-done = { $company } will send no more mailings to { $address }. This is effective now.
unsubscribe-undo = That was a mistake, keep me subscribed
unsubscribe-test-title = This link works
unsubscribe-test = It came from a test or a preview, so nobody was unsubscribed. In the real mailing it leads to the page where readers unsubscribe.
unsubscribe-unknown-title = This link is not complete
unsubscribe-unknown = Some mail programs break long links. Open the mail once more and choose the link there, or answer the mail and ask to be unsubscribed. Nothing has changed so far.
