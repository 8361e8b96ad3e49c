//! The routers of this node: what the local port and the public listener answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::Engine;
use crate::plan;

/// A pulse older than this, milliseconds, means that the planner is stuck.
const STUCK_MS: i64 = 30_000;

/// What `/healthz` and `/readyz` are told.
struct Node {
    engine: Arc<Engine>,
    pulse: Arc<AtomicI64>,
}

impl Node {
    /// Sentences about what is wrong; none: all is well.
    async fn problems(&self) -> Vec<String> {
        let mut out = Vec::new();
        let now = plan::ms(self.engine.clock.now());
        if let Err(e) = self.engine.store.account_all().await {
            out.push(format!("the database does not answer: {e}"));
        }
        let last = self.pulse.load(Ordering::Relaxed);
        if last == 0 {
            out.push("the first turn is not over yet".into());
        } else if now - last > STUCK_MS {
            out.push(format!("the last turn ended {} seconds ago", (now - last) / 1000));
        }
        out
    }
}

/// `/healthz`, `/readyz`, `/metrics`.
pub fn local_router(
    engine: Arc<Engine>,
    pulse: Arc<AtomicI64>,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
) -> axum::Router {
    use axum::http::StatusCode;
    use axum::routing::get;
    let node = Arc::new(Node { engine, pulse });
    let ready = {
        let node = node.clone();
        get(async move || {
            let problems = node.problems().await;
            if problems.is_empty() {
                (StatusCode::OK, "ready\n".to_owned())
            } else {
                (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", problems.join("\n")))
            }
        })
    };
    axum::Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", ready)
        .route("/metrics", get(async move || metrics()))
}

/// The public listener.
pub fn public_router(_engine: Arc<Engine>) -> axum::Router {
    axum::Router::new()
}
