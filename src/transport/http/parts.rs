//! Sends one delivery that is several messages, for bots without an idempotency key.
//!
//! The rule: once the first message is out, nothing may make the delivery start again by itself. A later message that is
//! certainly not out and may be soon ("slow down", no connection) is tried again here, as long as the time of the send allows;
//! any other end after the first message is `Unknown`, with what is out in its cause, so that a person decides. It never sends
//! a message again that may have arrived.

use std::time::Duration;

use super::Deadline;
use crate::domain::outcome::{Cause, Outcome, Receipt};

/// Pause before a later message is tried again where the far side named none. One message a second to a chat is the rate
/// the platforms ask for.
const PAUSE: Duration = Duration::from_secs(1);

/// How one message ended.
pub(crate) enum Step {
    /// Taken: its id.
    Sent(String),
    /// Not taken, or not known.
    Ended(Outcome),
}

/// The messages of a delivery.
pub(crate) trait Steps {
    /// How many there are; at least one.
    fn count(&self) -> usize;
    /// Sends message `i`, from 0.
    async fn step(&mut self, i: usize) -> Step;
    /// Words for the receipt beside the ids.
    fn note(&self) -> Option<String> {
        None
    }
    /// Waits before a message is tried again.
    async fn pause(&mut self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// Sends all, in order.
pub(crate) async fn run(steps: &mut impl Steps, deadline: Deadline) -> Outcome {
    let count = steps.count();
    let mut ids: Vec<String> = Vec::new();
    while ids.len() < count {
        match steps.step(ids.len()).await {
            Step::Sent(id) => ids.push(id),
            Step::Ended(outcome) if ids.is_empty() => return outcome,
            Step::Ended(outcome) => match wait(&outcome).filter(|w| *w + PAUSE < deadline.left()) {
                Some(time) => steps.pause(time).await,
                None => return partly(&ids, count, &outcome),
            },
        }
    }
    let mut receipt = Receipt::new(ids.join(","));
    receipt.note = steps.note();
    Outcome::Accepted(receipt)
}

/// How long to wait before the same message again; `None` if it must not be tried again here.
fn wait(outcome: &Outcome) -> Option<Duration> {
    match outcome {
        Outcome::Throttled { after, .. } | Outcome::Retry { after, .. } => {
            Some(after.unwrap_or(PAUSE).max(PAUSE))
        }
        Outcome::Accepted(_)
        | Outcome::Rejected { .. }
        | Outcome::Unknown { .. }
        | Outcome::Broken { .. } => None,
    }
}

fn partly(ids: &[String], count: usize, then: &Outcome) -> Outcome {
    let why = then.cause().map(|c| format!("{} {}", c.code, c.detail)).unwrap_or_default();
    Outcome::Unknown {
        cause: Cause::new(
            "partly_sent",
            format!(
                "{} of {count} messages are out (ids {}); the next ended: {why}",
                ids.len(),
                ids.join(",")
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::outcome::{Fault, Scope};

    /// Answers to give by message; the messages asked for; the pauses made.
    struct Script(Vec<Vec<Step>>, Vec<usize>, Vec<Duration>);
    impl Steps for Script {
        fn count(&self) -> usize {
            self.0.len()
        }
        async fn step(&mut self, i: usize) -> Step {
            self.1.push(i);
            self.0[i].remove(0)
        }
        async fn pause(&mut self, time: Duration) {
            self.2.push(time);
        }
    }
    fn sent(id: &str) -> Step {
        Step::Sent(id.into())
    }
    fn slow(secs: u64) -> Step {
        Step::Ended(Outcome::Throttled {
            after: Some(Duration::from_secs(secs)),
            scope: Scope::Account,
            cause: Cause::new("slow_down", ""),
        })
    }
    async fn play(script: Vec<Vec<Step>>) -> (Outcome, Vec<usize>) {
        let mut s = Script(script, vec![], vec![]);
        let o = run(&mut s, Deadline::after(Duration::from_secs(30))).await;
        (o, s.1)
    }

    #[tokio::test]
    async fn all_ids_are_in_the_receipt() {
        let (o, _) = play(vec![vec![sent("1")], vec![sent("2")]]).await;
        assert!(matches!(o, Outcome::Accepted(r) if r.id == "1,2"));
    }

    #[tokio::test]
    async fn the_first_message_speaks_for_itself() {
        let (o, calls) = play(vec![vec![slow(5)], vec![]]).await;
        assert!(matches!(o, Outcome::Throttled { .. }));
        assert_eq!(calls, [0]);
    }

    #[tokio::test]
    async fn a_later_one_waits_and_the_first_is_never_sent_again() {
        let mut s = Script(vec![vec![sent("1")], vec![slow(3), slow(0), sent("2")]], vec![], vec![]);
        let o = run(&mut s, Deadline::after(Duration::from_secs(30))).await;
        assert!(matches!(o, Outcome::Accepted(_)), "{o:?}");
        assert_eq!(s.1, [0, 1, 1, 1]);
        assert_eq!(s.2, [Duration::from_secs(3), PAUSE]);
    }

    #[tokio::test]
    async fn what_does_not_fit_or_is_refused_is_unknown() {
        for end in [
            slow(60),
            Step::Ended(Outcome::Rejected { fault: Fault::Content, cause: Cause::new("x", "") }),
            Step::Ended(Outcome::Unknown { cause: Cause::new("x", "") }),
            Step::Ended(Outcome::Broken { cause: Cause::new("x", "") }),
        ] {
            let (o, calls) = play(vec![vec![sent("17")], vec![end]]).await;
            let Outcome::Unknown { cause } = o else { panic!("{o:?}") };
            assert_eq!(cause.code, "partly_sent");
            assert!(cause.detail.contains("17"), "{cause:?}");
            assert_eq!(calls, [0, 1]);
        }
    }
}
