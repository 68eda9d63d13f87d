// Mail that comes back: a notification as servers write it, brought to our listener.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";

/** Brings a bounce of the mail that the catcher has for somebody; the mailbox is said not to exist. */
export async function bounceOf(page, app, recipient) {
  const list = await (await page.request.get(`/catcher?q=${encodeURIComponent(recipient)}`)).text();
  const id = list.match(/\/catcher\/([0-9a-f-]{36})"/)?.[1];
  assert.ok(id, `the catcher has no mail to ${recipient}`);
  const shown = await (await page.request.get(`/catcher/${id}`)).text();
  const returnPath = shown.match(/bounces\+[a-z2-7]+@[a-z.-]+/)?.[0];
  assert.ok(returnPath, `the mail to ${recipient} has a return path of its own`);
  const boundary = "b1/mx.toko.example";
  await bring(app.inboundPort, returnPath, [
    "From: MAILER-DAEMON@mx.toko.example (Mail Delivery System)", "Subject: Undelivered Mail Returned to Sender",
    `To: ${returnPath}`, "Auto-Submitted: auto-replied", "MIME-Version: 1.0", `Message-ID: <${Date.now()}.${recipient}>`,
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`, "",
    `--${boundary}`, "Content-Type: text/plain; charset=us-ascii", "",
    "This is the mail system at host mx.toko.example.", "",
    `<${recipient}>: host mail.toko.example[192.0.2.25] said: 550 5.1.1 No such user here`, "",
    `--${boundary}`, "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.toko.example", "",
    `Final-Recipient: rfc822; ${recipient}`, "Action: failed", "Status: 5.1.1",
    "Diagnostic-Code: smtp; 550 5.1.1 No such user here", "", `--${boundary}--`, "",
  ]);
}

/** Hands a mail to the listener. */
async function bring(port, to, lines) {
  const socket = connect(port, "127.0.0.1").setEncoding("latin1");
  const answer = async (wanted) => {
    const [text] = await once(socket, "data");
    assert.ok(text.startsWith(wanted), `${wanted} was wanted: ${text}`);
  };
  await answer("220");
  for (const [line, wanted] of [
    ["EHLO mx.toko.example", "250"], ["MAIL FROM:<>", "250"], [`RCPT TO:<${to}>`, "250"], ["DATA", "354"],
    [[...lines, "."].join("\r\n"), "250"], ["QUIT", "221"],
  ]) {
    socket.write(`${line}\r\n`);
    await answer(wanted);
  }
  socket.destroy();
}
