//! One HTTP listener: a limit on connections, and a limit of time on everything a stranger may leave unfinished.
//!
//! `axum::serve` waits for ever for a head that never comes, so a few hundred half-open connections would shut everybody else
//! out of the opt-out page.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What a listener allows strangers.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Connections at once; further ones wait in the system's queue.
    connections: usize,
    /// A request's head, and the wait for the next one on the same connection.
    head: Duration,
    /// A connection as a whole, with its bodies: nothing served here takes long.
    whole: Duration,
}

const LIMITS: Limits =
    Limits { connections: 512, head: Duration::from_secs(10), whole: Duration::from_secs(120) };
/// What is under way at the end may take so long.
const FAREWELL: Duration = Duration::from_secs(2);

/// Serves until `stop`; what is under way then ends first.
pub(super) async fn listen(listener: TcpListener, router: axum::Router, stop: CancellationToken) {
    listen_within(listener, router, stop, LIMITS).await;
}

async fn listen_within(listener: TcpListener, router: axum::Router, stop: CancellationToken, limits: Limits) {
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head);
    let places = Arc::new(Semaphore::new(limits.connections));
    let farewell = GracefulShutdown::new();
    let mut open = JoinSet::new();
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place,
            () = stop.cancelled() => break,
        };
        let Ok(place) = place else { break };
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(e) => {
                    // Mostly: no file descriptors left. Those that end give theirs back.
                    tracing::warn!(error = %e, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                }
            },
            () = stop.cancelled() => break,
        };
        while open.try_join_next().is_some() {}
        let service = TowerToHyperService::new(router.clone());
        let connection = farewell.watch(http.serve_connection(TokioIo::new(stream), service));
        open.spawn(async move {
            let _place = place;
            // How a stranger's connection ends is the stranger's business.
            let _ended = tokio::time::timeout(limits.whole, connection).await;
        });
    }
    drop(listener);
    let _late = tokio::time::timeout(FAREWELL, farewell.shutdown()).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    const FEW: Limits =
        Limits { connections: 4, head: Duration::from_millis(300), whole: Duration::from_secs(60) };

    async fn served() -> (std::net::SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let router = axum::Router::new().route("/", axum::routing::get(|| async { "tốt" }));
        #[expect(clippy::disallowed_methods, reason = "a test's own server")]
        let task = tokio::spawn(listen_within(listener, router, stop.clone(), FEW));
        (addr, stop, task)
    }

    async fn ask(addr: std::net::SocketAddr) -> String {
        let mut s = TcpStream::connect(addr).await.unwrap();
        s.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut out = String::new();
        s.read_to_string(&mut out).await.unwrap();
        out
    }

    #[tokio::test]
    async fn those_who_never_finish_a_head_do_not_shut_others_out() {
        let (addr, stop, task) = served().await;
        let mut idlers = Vec::new();
        for _ in 0..FEW.connections {
            let mut s = TcpStream::connect(addr).await.unwrap();
            s.write_all(b"GET / HTTP/1.1\r\nX-Slow: ").await.unwrap();
            idlers.push(s);
        }
        // All places are taken; the next one gets its answer once the idlers' time is over.
        let answer =
            tokio::time::timeout(Duration::from_secs(60), ask(addr)).await.expect("an answer in time");
        assert!(answer.contains("200 OK") && answer.ends_with("tốt"), "{answer}");
        // The far end of an idler was closed.
        let mut rest = Vec::new();
        let _closed = idlers[0].read_to_end(&mut rest).await;
        stop.cancel();
        task.await.unwrap();
    }

    #[tokio::test]
    async fn it_ends_when_told() {
        let (addr, stop, task) = served().await;
        assert!(ask(addr).await.contains("200 OK"));
        stop.cancel();
        task.await.unwrap();
        assert!(TcpStream::connect(addr).await.is_err());
    }
}
