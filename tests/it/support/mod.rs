//! What the integration tests start: real servers that nobody here wrote, on free ports of loopback, and stand-ins for
//! platforms that cannot be run; and the messages they are sent.

pub mod chaos;
pub mod disk;
pub mod fakes;
pub mod files;
pub mod judge;
pub mod ledger;
pub mod node;
pub mod office;
pub mod outbound;
pub mod postgres;
pub mod proxy;
pub mod scenario;
pub mod shelf;
pub mod sink;
pub mod smtp;
pub mod sound;
pub mod trace;
pub mod wordpress;

pub use reqwest::Client;

/// A client without patience for what hangs, and that follows nothing.
pub fn client() -> Client {
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(20))
        .build()
        .expect("a client")
}

/// Serves a router on a free port of loopback for as long as the test runs; answers its address.
pub async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    #[expect(clippy::disallowed_methods, reason = "a test stands in for the daemon")]
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}
