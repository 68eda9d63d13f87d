// Starts Sebar for a test: a process of its own, on free ports, with an empty database of its own.
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const binaries = process.env.SEBAR_BINARIES ?? join(root, "target/debug");
let count = 0;

/**
 * Starts `sebar run` (dashboard, sender and mail catcher) and waits until it is ready.
 *
 * @param {{ command?: string, env?: Record<string, string>, submit?: boolean }} [options] another command
 *   than `run`; more settings; whether programs hand in mail by SMTP
 * @returns {Promise<App>}
 */
export async function startApp({ command = "run", env = {}, submit = false } = {}) {
  if (!process.env.SEBAR_TEST_DATABASE_URL) {
    throw new Error("no database server: run these tests with `make test-browser`");
  }
  const name = `browser_${process.pid}_${count++}`;
  const { stdout } = await promisify(execFile)(join(binaries, "sebar-postgres"), ["create", name]);
  const databaseUrl = stdout.trim();
  const stateDir = await mkdtemp(join(tmpdir(), "sebar-browser-"));
  const [port, smtpPort, inboundPort, submitPort] = await freePorts(4);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(join(binaries, "sebar"), [command], {
    cwd: stateDir, // no sebar.toml of the developer's
    env: {
      ...withoutSettings(process.env),
      DATABASE_URL: databaseUrl,
      SEBAR_SECRET: randomBytes(32).toString("hex"),
      SEBAR_STATE_DIR: stateDir,
      SEBAR_LISTEN: `127.0.0.1:${port}`,
      SEBAR_CATCHER_LISTEN: `127.0.0.1:${smtpPort}`,
      SEBAR_INBOUND_LISTEN: `127.0.0.1:${inboundPort}`,
      SEBAR_PUBLIC_URL: url,
      ...(submit && { SEBAR_SUBMIT_LISTEN: `127.0.0.1:${submitPort}` }),
      SEBAR_WEBHOOK_PRIVATE: "true", // programs of tests stand on this machine
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const app = new App({ child, url, smtpPort, inboundPort, submitPort, databaseUrl, stateDir });
  try {
    await app.ready();
  } catch (error) {
    await app.stop();
    throw error;
  }
  return app;
}

/** A running Sebar. */
export class App {
  #output = [];
  #exited;

  constructor({ child, url, smtpPort, inboundPort, submitPort, databaseUrl, stateDir }) {
    this.child = child;
    /** The dashboard's address. */
    this.url = url;
    /** The mail catcher's port on 127.0.0.1. */
    this.smtpPort = smtpPort;
    /** The port on 127.0.0.1 where mail comes back to. */
    this.inboundPort = inboundPort;
    /** The port on 127.0.0.1 where programs hand in mail, if that was asked for. */
    this.submitPort = submitPort;
    this.databaseUrl = databaseUrl;
    this.stateDir = stateDir;
    this.#exited = once(child, "exit");
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => this.#output.push(text));
    }
    process.once("exit", () => child.kill("SIGKILL"));
  }

  /** What it has logged so far. */
  get log() {
    return this.#output.join("");
  }

  /** Waits for the answer of `/readyz`. */
  async ready(seconds = 30) {
    const end = Date.now() + seconds * 1000;
    while (Date.now() < end) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`sebar ended at its start:\n${this.log}`);
      }
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`sebar was not ready in ${seconds} s:\n${this.log}`);
  }

  /** Ends it as Ctrl-C would, and removes its files. Fails when it does not end in order. */
  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill("SIGTERM");
      const timer = setTimeout(() => this.child.kill("SIGKILL"), 35_000);
      await this.#exited;
      clearTimeout(timer);
    }
    await rm(this.stateDir, { recursive: true, force: true });
    if (this.child.exitCode !== 0) {
      const end = this.child.signalCode ?? `code ${this.child.exitCode}`;
      throw new Error(`sebar ended with ${end}:\n${this.log}`);
    }
  }
}

/** Settings of the developer's own installation must not reach the one under test. */
function withoutSettings(env) {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith("SEBAR_") && name !== "DATABASE_URL");
  return Object.fromEntries(kept);
}

/** Asked together, so that they differ. */
async function freePorts(wanted) {
  const servers = Array.from({ length: wanted }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
