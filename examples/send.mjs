// Sends an email and asks what became of it. Node.js, nothing to install.
const url = "https://mail.example.com/api/v1";
const key = "sbr_your_key";

async function call(method, path, body, headers = {}) {
  const answer = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
    body: body && JSON.stringify(body),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(`${told.name}: ${told.message}`);
  return told;
}

const { id } = await call("POST", "/emails", {
  from: "halo@example.com",
  to: "you@example.com",
  subject: "Your order 17",
  html: "<p>Thank you!</p>",
}, { "Idempotency-Key": "order-17" });
console.log(JSON.stringify(await call("GET", `/emails/${id}`)));
