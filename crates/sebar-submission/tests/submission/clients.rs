//! Programs that others wrote.
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;

use crate::server::{MAIL, Server};

/// Runs a client that people have; `None` where it is not installed.
async fn client(
    program: &str,
    arguments: &[&str],
    input: &str,
    environment: &[(&str, &str)],
) -> Option<(bool, String)> {
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).envs(environment.iter().copied());
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        println!("SKIPPED: {program} is not installed");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[tokio::test]
async fn python_hands_in_mail() {
    let server = Server::start().await;
    let key = server.key(|_| {}).await;
    let program = "import os, smtplib, ssl\n\
        from email.message import EmailMessage\n\
        mail = EmailMessage()\n\
        mail['From'] = 'Toko Kopi <halo@toko.example>'\n\
        mail['To'] = 'budi@x.example, ida@x.example'\n\
        mail['Bcc'] = 'rahasia@x.example'\n\
        mail['Subject'] = 'Pesanan n\u{ba} 7 \u{2013} terima kasih'\n\
        mail.set_content('Halo \u{2615}\\n.\\nSampai jumpa\\n')\n\
        mail.add_attachment(b'%PDF-1.4', maintype='application', subtype='pdf', filename='faktur.pdf')\n\
        trust = ssl.create_default_context(cadata=os.environ['AUTHORITY'])\n\
        for kind in ('starttls', 'tls'):\n\
        \x20   if kind == 'tls':\n\
        \x20       smtp = smtplib.SMTP_SSL('localhost', int(os.environ['TLS']), context=trust)\n\
        \x20   else:\n\
        \x20       smtp = smtplib.SMTP('localhost', int(os.environ['STARTTLS']))\n\
        \x20       smtp.starttls(context=trust)\n\
        \x20   smtp.login('anybody', os.environ['KEY'])\n\
        \x20   assert smtp.send_message(mail) == {}\n\
        \x20   smtp.quit()\n";
    let (starttls, tls) = (server.starttls.to_string(), server.tls.to_string());
    let environment =
        [("KEY", key.as_str()), ("AUTHORITY", &server.authority), ("STARTTLS", &starttls), ("TLS", &tls)];
    if let Some((success, said)) = client("python3", &["-"], program, &environment).await {
        assert!(success, "{said}");
        assert_eq!(server.count().await, 2);
        let to: Vec<String> = sqlx::query_scalar("SELECT DISTINCT recipient FROM messages ORDER BY 1")
            .fetch_all(server.db())
            .await
            .unwrap();
        assert_eq!(to, ["budi@x.example", "ida@x.example", "rahasia@x.example"]);
        let (subject, addressed): (String, serde_json::Value) =
            sqlx::query_as("SELECT subject, addressed FROM emails LIMIT 1")
                .fetch_one(server.db())
                .await
                .unwrap();
        assert_eq!(subject, "Pesanan nº 7 – terima kasih");
        assert_eq!(addressed["bcc"], serde_json::json!(["rahasia@x.example"]));
    }
    server.stop().await;
}

#[tokio::test]
async fn curl_hands_in_mail() {
    let server = Server::start().await;
    let key = server.key(|_| {}).await;
    let folder = std::env::temp_dir().join(format!("sebar-curl-{}", std::process::id()));
    std::fs::write(&folder, &server.authority).unwrap();
    let user = format!("anybody:{key}");
    let authority = folder.to_str().unwrap();
    for url in [format!("smtps://localhost:{}", server.tls), format!("smtp://localhost:{}", server.starttls)]
    {
        let arguments = [
            "--silent",
            "--show-error",
            "--ssl-reqd",
            "--url",
            &url,
            "--cacert",
            authority,
            "--user",
            &user,
            "--mail-from",
            "halo@toko.example",
            "--mail-rcpt",
            "budi@x.example",
            "--upload-file",
            "-",
        ];
        if let Some((success, said)) = client("curl", &arguments, MAIL, &[]).await {
            assert!(success, "{said}");
            assert!(server.count().await > 0);
        }
    }
    std::fs::remove_file(&folder).unwrap();
    server.stop().await;
}
