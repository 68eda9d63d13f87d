// A mail server in the script's hand: what it answers to each recipient is the caller's to say.
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Starts an SMTP server on 127.0.0.1 that delivers nothing.
 *
 * @param {(address: string) => string} answer the reply to `RCPT TO`, as in "550 5.1.1 No such user"
 */
export async function startMailServer(answer) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    socket.setEncoding("latin1").write("220 mx.toko.example ESMTP\r\n");
    let rest = "";
    let inData = false;
    socket.on("data", (text) => {
      const lines = (rest + text).split("\r\n");
      rest = lines.pop();
      for (const line of lines) {
        if (inData) {
          if (line !== ".") continue;
          inData = false;
          socket.write("250 2.0.0 Ok: queued\r\n");
        } else if (/^RCPT TO:/i.test(line)) socket.write(`${answer(line.match(/<(.*?)>/)[1])}\r\n`);
        else if (/^EHLO/i.test(line)) socket.write("250-mx.toko.example\r\n250 ENHANCEDSTATUSCODES\r\n");
        else if (/^DATA/i.test(line)) {
          inData = true;
          socket.write("354 Go on\r\n");
        } else if (/^QUIT/i.test(line)) socket.end("221 2.0.0 Bye\r\n");
        else socket.write("250 2.0.0 Ok\r\n");
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: server.address().port,
    /** Nobody is there any more. */
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
