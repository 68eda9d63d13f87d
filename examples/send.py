# Sends an email and asks what became of it. Python 3, nothing to install.
import json
import urllib.request

URL = "https://mail.example.com/api/v1"
KEY = "sbr_your_key"


def call(method, path, body=None, **headers):
    request = urllib.request.Request(URL + path, method=method)
    request.add_header("Authorization", f"Bearer {KEY}")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    data = None
    if body is not None:
        request.add_header("Content-Type", "application/json")
        data = json.dumps(body).encode()
    with urllib.request.urlopen(request, data) as answer:
        return json.load(answer)


sent = call("POST", "/emails", {
    "from": "halo@example.com",
    "to": "you@example.com",
    "subject": "Your order 17",
    "html": "<p>Thank you!</p>",
}, Idempotency_Key="order-17")
print(json.dumps(call("GET", f"/emails/{sent['id']}")))
