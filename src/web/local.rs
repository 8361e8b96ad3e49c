//! `/healthz`, `/readyz` and `/metrics` on the office's own port: they tell the truth or say that they cannot.
//!
//! Nothing here is for the public: bind it to loopback.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

/// How long a check may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is true now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthReport {
    /// The process does its work: the ledger's writer answers, no loop has ended.
    pub alive: bool,
    /// It can take part: the database answers, migrations are applied, the planner ticked recently.
    pub ready: bool,
    /// What is wrong, one sentence each: no person, no secret.
    pub problems: Vec<String>,
}

/// Who knows how the process is. It asks (the database, the writer) when it is asked: a remembered answer is no truth.
#[async_trait]
pub trait Health: Send + Sync {
    /// What is true now.
    async fn report(&self) -> HealthReport;
}

/// The router of the local port. `/healthz`: 200 while the process and its writer live; `/readyz`: 200 while it can work; both
/// else 503, with the problems one to a line. `/metrics`: what `metrics` prints (Prometheus text format 0.0.4).
pub fn local(
    health: Arc<dyn Health>,
    metrics: impl Fn() -> String + Clone + Send + Sync + 'static,
) -> Router {
    let live = health.clone();
    Router::new()
        .route("/healthz", get(move || async move { answer(&*live, PATIENCE, |r| r.alive).await }))
        .route(
            "/readyz",
            get(move || async move { answer(&*health, PATIENCE, |r| r.alive && r.ready).await }),
        )
        .route(
            "/metrics",
            get(move || async move {
                ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics())
                    .into_response()
            }),
        )
}

async fn answer(health: &dyn Health, patience: Duration, good: fn(&HealthReport) -> bool) -> Response {
    let report = match tokio::time::timeout(patience, health.report()).await {
        Ok(r) => r,
        Err(_) => HealthReport {
            problems: vec![format!("the check took longer than {} s", patience.as_secs())],
            ..HealthReport::default()
        },
    };
    let good = good(&report);
    let mut text = String::from(if good { "ok\n" } else { "not ok\n" });
    for p in &report.problems {
        text.push_str(p);
        text.push('\n');
    }
    let status = if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(HealthReport);
    #[async_trait]
    impl Health for Fixed {
        async fn report(&self) -> HealthReport {
            self.0.clone()
        }
    }

    struct Hangs;
    #[async_trait]
    impl Health for Hangs {
        async fn report(&self) -> HealthReport {
            std::future::pending().await
        }
    }

    async fn said(r: Response) -> (u16, String) {
        let status = r.status().as_u16();
        let body = axum::body::to_bytes(r.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_problem_is_named() {
        let says = vec!["the planner did not tick for 90 s".to_owned()];
        let waiting = Fixed(HealthReport { alive: true, ready: false, problems: says });
        let (status, text) = said(answer(&waiting, PATIENCE, |r| r.alive).await).await;
        assert_eq!((status, text.as_str()), (200, "ok\nthe planner did not tick for 90 s\n"));
        let (status, text) = said(answer(&waiting, PATIENCE, |r| r.ready).await).await;
        assert_eq!((status, text.as_str()), (503, "not ok\nthe planner did not tick for 90 s\n"));
    }

    #[tokio::test]
    async fn a_check_that_hangs_is_no_good_news() {
        let (status, text) = said(answer(&Hangs, Duration::ZERO, |r| r.alive).await).await;
        assert_eq!(status, 503);
        assert!(text.contains("longer than 0 s"), "{text}");
    }
}
