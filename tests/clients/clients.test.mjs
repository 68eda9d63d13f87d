// Clients that others wrote, and the examples that we show, send through a running Sebar; what they send
// arrives. A client that is not here is told as skipped.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import nodemailer from "nodemailer";
import { Resend } from "resend";
import { startApp } from "../browser/lib/app.mjs";
import { until } from "../browser/lib/until.mjs";

const run = promisify(execFile);
const examples = fileURLToPath(new URL("../../examples/", import.meta.url));
const owner = { email: "pemilik@example.com", password: "rahasia sekali" };
/** Where `scripts/test-clients` installs what Python needs. */
const python = process.env.SEBAR_CLIENTS_PYTHON ?? "";
let app, key, cookie, folder, base;

before(async () => {
  app = await startApp({ env: { SEBAR_SUBMIT_PLAIN_TEXT: "true" }, submit: true });
  base = `${app.url}/api/v1`;
  folder = await mkdtemp(join(tmpdir(), "sebar-clients-"));
  const set = await post("/setup", { name: "Pemilik", ...owner, company: "Kopi", time_zone: "Asia/Jakarta" });
  cookie = set.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
  await good(post("/relays", {
    preset: "custom", name: "Penangkap", host: "127.0.0.1", port: String(app.smtpPort), security: "none", authentication: "none", connections: "2",
  }));
  key = await newKey();
});

after(async () => {
  await app?.stop();
  if (folder) await rm(folder, { recursive: true });
});

async function post(path, fields) {
  const headers = { origin: app.url, ...(cookie && { cookie }) };
  return fetch(app.url + path, { method: "POST", headers, body: new URLSearchParams(fields), redirect: "manual" });
}

async function good(asked) {
  const answer = await asked;
  if (answer.status >= 400) throw new Error(`${answer.url} answered ${answer.status}: ${(await answer.text()).slice(-1000)}`);
  return answer;
}

/** An API key that may do everything. */
async function newKey() {
  const form = await (await fetch(`${app.url}/settings/api-keys/new`, { headers: { cookie } })).text();
  const fields = [["name", "Klien"], ...[...form.matchAll(/name="scope" value="([^"]+)"/g)].map(([, scope]) => ["scope", scope])];
  const made = await (await good(post("/settings/api-keys", fields))).text();
  return made.match(/sbr_[0-9A-Za-z]{40}/)[0];
}

/** Waits until the relay has a mail to somebody; its raw source. */
async function arrived(recipient) {
  const find = async () => (await (await fetch(`${app.url}/catcher?q=${encodeURIComponent(recipient)}`, { headers: { cookie } })).text()).match(/\/catcher\/([0-9a-f-]{36})"/)?.[1];
  const id = await until(`a mail to ${recipient}`, find, (id) => id !== undefined);
  return (await fetch(`${app.url}/catcher/${id}/raw`, { headers: { cookie } })).text();
}

/** An example as its reader pastes it: with the address, the key and a recipient of its own. */
async function example(name, recipient) {
  const text = await readFile(join(examples, name), "utf8");
  for (const part of ["https://mail.example.com/api/v1", "sbr_your_key", "you@example.com", "order-17"]) assert.ok(text.includes(part), `${name} holds ${part}`);
  const filled = text.replaceAll("https://mail.example.com/api/v1", base).replaceAll("sbr_your_key", key)
    .replaceAll("you@example.com", recipient).replaceAll("order-17", name);
  const path = join(folder, name);
  await writeFile(path, filled);
  return path;
}

const has = (command) => run("sh", ["-c", `command -v ${command}`]).then(() => true, () => false);
const skip = (what) => ({ skip: `SKIPPED: ${what} is not installed here` });

for (const [name, command] of [["send.sh", "curl"], ["send.py", "python3"], ["send.mjs", "node"], ["send.php", "php"]]) {
  test(`the example ${name} sends and reads back`, await has(command) ? {} : skip(command), async () => {
    const recipient = `${name.replace(".", "-")}@example.com`;
    const shell = name.endsWith(".sh") ? "sh" : command;
    const { stdout } = await run(shell, [await example(name, recipient)]);
    const email = JSON.parse(stdout);
    assert.deepEqual([email.object, email.to, email.subject], ["email", [recipient], "Your order 17"]);
    assert.match(await arrived(recipient), /Thank you!/);
  });
}

test("the official client of Resend for Node sends, reads back, schedules and cancels", async () => {
  const resend = new Resend(key, { baseUrl: base });
  const { data, error } = await resend.emails.send({
    from: "Toko <halo@example.com>", to: ["node-resend@example.com"], subject: "Pesanan ☕", html: "<p>Terima kasih</p>", replyTo: "cs@example.com",
    tags: [{ name: "kind", value: "order" }], attachments: [{ filename: "a.txt", content: Buffer.from("isi").toString("base64") }],
  }, { idempotencyKey: "resend-1" });
  assert.equal(error, null);
  const shown = await resend.emails.get(data.id);
  assert.equal(shown.error, null);
  assert.deepEqual([shown.data.subject, shown.data.to], ["Pesanan ☕", ["node-resend@example.com"]]);
  assert.match(await arrived("node-resend@example.com"), /Reply-To: cs@example.com/i);
  const later = await resend.emails.send({ from: "halo@example.com", to: "node-later@example.com", subject: "Nanti", text: "Nanti", scheduledAt: new Date(Date.now() + 3_600_000).toISOString() });
  assert.equal(later.error, null);
  assert.equal((await resend.emails.update({ id: later.data.id, scheduledAt: new Date(Date.now() + 7_200_000).toISOString() })).error, null);
  assert.equal((await resend.emails.cancel(later.data.id)).error, null);
  const many = await resend.batch.send([1, 2].map((n) => ({ from: "halo@example.com", to: `node-batch-${n}@example.com`, subject: "Kelompok", text: "x" })));
  assert.equal(many.error, null);
  assert.equal(many.data.data.length, 2);
  const wrong = await resend.emails.send({ from: "halo", to: "x@example.com", subject: "x", text: "x" });
  assert.equal(wrong.error.name, "invalid_address");
});

test("the official client of Resend for Python sends and reads back", python ? {} : skip("resend for Python"), async () => {
  const path = join(folder, "client.py");
  await writeFile(path, `
import json, resend
resend.api_url = ${JSON.stringify(base)}
resend.api_key = ${JSON.stringify(key)}
sent = resend.Emails.send({"from": "halo@example.com", "to": ["python-resend@example.com"], "subject": "Dari Python", "html": "<p>Halo</p>"})
shown = resend.Emails.get(sent["id"])
print(json.dumps([shown["subject"], shown["to"]]))
try:
    resend.Emails.send({"from": "halo", "to": ["x@example.com"], "subject": "x", "text": "x"})
except Exception as fault:
    print(str(fault))
`);
  const { stdout } = await run(python, [path]);
  const [shown, fault] = stdout.trim().split("\n");
  assert.deepEqual(JSON.parse(shown), ["Dari Python", ["python-resend@example.com"]]);
  assert.match(fault, /email address/);
  await arrived("python-resend@example.com");
});

test("nodemailer hands in by SMTP", async () => {
  const transport = nodemailer.createTransport({ host: "127.0.0.1", port: app.submitPort, secure: false, ignoreTLS: true, auth: { user: "toko", pass: key } });
  const sent = await transport.sendMail({
    from: "Toko <halo@example.com>", to: "nodemailer@example.com", bcc: "rahasia@example.com", subject: "Halo ☕", text: "Dari nodemailer",
    attachments: [{ filename: "a.bin", content: Buffer.alloc(200_000, 7) }],
  });
  assert.match(sent.response, /^250 2\.0\.0 Accepted as msg_/);
  assert.match(await arrived("nodemailer@example.com"), /Dari nodemailer/);
  assert.doesNotMatch(await arrived("rahasia@example.com"), /rahasia@/);
  const wrong = nodemailer.createTransport({ host: "127.0.0.1", port: app.submitPort, ignoreTLS: true, auth: { user: "toko", pass: "sbr_wrong" } });
  await assert.rejects(wrong.sendMail({ from: "halo@example.com", to: "x@example.com", text: "x" }), /535/);
});

const phpmailer = "/usr/share/php/libphp-phpmailer/autoload.php";
test("PHPMailer hands in by SMTP", existsSync(phpmailer) && await has("php") ? {} : skip("PHPMailer"), async () => {
  const path = join(folder, "mailer.php");
  await writeFile(path, `<?php
require ${JSON.stringify(phpmailer)};
$mail = new PHPMailer\\PHPMailer\\PHPMailer(true);
$mail->isSMTP();
$mail->Host = '127.0.0.1';
$mail->Port = ${app.submitPort};
$mail->SMTPAuth = true;
$mail->SMTPAutoTLS = false;
$mail->Username = 'toko';
$mail->Password = ${JSON.stringify(key)};
$mail->CharSet = 'UTF-8';
$mail->setFrom('halo@example.com', 'Toko');
$mail->addAddress('phpmailer@example.com');
$mail->Subject = 'Halo ☕';
$mail->isHTML(true);
$mail->Body = '<p>Dari PHPMailer</p>';
$mail->send();
echo 'sent';
`);
  const { stdout } = await run("php", [path]);
  assert.equal(stdout, "sent");
  assert.match(await arrived("phpmailer@example.com"), /Dari PHPMailer/);
});

test("swaks hands in by SMTP", await has("swaks") ? {} : skip("swaks"), async () => {
  const { stdout } = await run("swaks", [
    "--server", `127.0.0.1:${app.submitPort}`, "--auth", "LOGIN", "--auth-user", "toko", "--auth-password", key,
    "--from", "halo@example.com", "--to", "swaks@example.com", "--body", "Dari swaks", "--hide-all",
  ]);
  assert.equal(stdout, "");
  assert.match(await arrived("swaks@example.com"), /Dari swaks/);
});

test("whatever a client sends, the API answers as its description says", python ? { timeout: 600_000 } : skip("schemathesis"), async () => {
  const found = await run(join(python, "../schemathesis"), [
    "run", `${app.url}/api/openapi.json`, "--url", base, "-H", `Authorization: Bearer ${key}`,
    "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
    "--max-examples", "40", "--phases", "examples,coverage,fuzzing,stateful", "--max-time", "90", "--seed", "17", "--workers", "2", "--no-color", "--request-timeout", "20",
  ], { maxBuffer: 1 << 26, cwd: folder }).catch((fault) => fault);
  assert.ok(!(found instanceof Error), (found.stdout ?? String(found)).slice(-20_000));
  console.log(found.stdout.trim().split("\n").slice(-16).join("\n"));
});
