# Sends an email and asks what became of it. Needs curl.
set -eu
url=https://mail.example.com/api/v1
key=sbr_your_key

sent=$(curl --silent --show-error --fail-with-body "$url/emails" \
  -H "Authorization: Bearer $key" \
  -H 'Content-Type: application/json' \
  -H 'Idempotency-Key: order-17' \
  -d '{
    "from": "halo@example.com",
    "to": "you@example.com",
    "subject": "Your order 17",
    "html": "<p>Thank you!</p>"
  }')
id=$(printf '%s' "$sent" | sed 's/.*"id":"\([^"]*\)".*/\1/')
curl --silent --show-error --fail-with-body "$url/emails/$id" -H "Authorization: Bearer $key"
