//! The web app as a process of its own, which can be killed.

use anyhow::Result;
use clap::Args;
use sebar_store::keys::MasterKey;
use sebar_web::{App, Config, Targets};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::blast::sender::KEY;
use crate::child::Listening;

/// As many as `sebar serve` has.
const CONNECTIONS: u32 = 20;

/// What to serve.
#[derive(Args)]
pub(crate) struct WebProcess {
    #[arg(long)]
    database_url: String,
    /// Where to listen; 0: anywhere.
    #[arg(long)]
    port: u16,
}

impl WebProcess {
    /// Serves until its input ends; prints the port on which it listens.
    pub(crate) fn run(self) -> Result<()> {
        tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
            .init();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let db = sebar_store::connect(&self.database_url, CONNECTIONS).await?;
            let listener = TcpListener::bind(("127.0.0.1", self.port)).await?;
            let port = listener.local_addr()?.port();
            let config = Config {
                public_url: format!("http://127.0.0.1:{port}"),
                behind_proxy: false,
                max_upload: Config::MAX_UPLOAD,
                webhook_targets: Targets::Public,
            };
            let stop = CancellationToken::new();
            let app = App::new(db, config, MasterKey::new(KEY), stop.clone());
            let serving = tokio::spawn(sebar_web::serve(listener, app));
            println!("{port}");
            tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
            stop.cancel();
            Ok(serving.await??)
        })
    }
}

/// Starts it on a port; 0: any.
pub(crate) fn start(url: &str, port: u16) -> Result<Listening> {
    Listening::start(&["web", "--database-url", url, "--port", &port.to_string()])
}
