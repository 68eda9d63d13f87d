// Sends an email and asks what became of it. Needs reqwest (features `json`), `serde_json` and tokio.
use serde_json::{Value, json};

const URL: &str = "https://mail.example.com/api/v1";
const KEY: &str = "sbr_your_key";

#[tokio::main]
async fn main() -> Result<(), reqwest::Error> {
    println!("{}", send(URL, KEY).await?);
    Ok(())
}

pub async fn send(url: &str, key: &str) -> Result<Value, reqwest::Error> {
    let http = reqwest::Client::new();
    let email = json!({
        "from": "halo@example.com",
        "to": "you@example.com",
        "subject": "Your order 17",
        "html": "<p>Thank you!</p>",
    });
    let sent: Value = http
        .post(format!("{url}/emails"))
        .bearer_auth(key)
        .header("Idempotency-Key", "order-17")
        .json(&email)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let id = sent["id"].as_str().unwrap_or_default();
    http.get(format!("{url}/emails/{id}")).bearer_auth(key).send().await?.json().await
}
