//! A transport that behaves as it is told: for tests of everything above the wire. It speaks to nobody.
//!
//! What it "takes" is a line in a file (`sink`), written before it answers, so that a test can compare the ledger with what the
//! far side saw, even after the process was killed.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;

use super::{BadSetting, Build, Capabilities, Kind, Push, Repeat, Transport, WireFile};
use crate::domain::form::Form;
use crate::domain::message::{Outbound, Voice};
use crate::domain::outcome::{Cause, Fault, Found, Outcome, Receipt, Scope};

/// The kind.
pub(super) const KIND: Kind = Kind {
    name: "scripted",
    form: Form::new("scripted", Voice::Web),
    keys: &[
        ("sink", false, "file that gets a line for each message taken"),
        (
            "script",
            false,
            "outcome words by attempt: accepted, retry, throttled, recipient, content, unknown, broken, panics",
        ),
        ("by_address", false, "the same for single addresses"),
        ("repeat", false, "doubles, findable or idempotent"),
        ("delay_ms", false, "how long a send takes, milliseconds"),
        ("connections", false, "parallel sends"),
    ],
    borrows: false,
    build,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    sink: Option<std::path::PathBuf>,
    #[serde(default)]
    script: Vec<Word>,
    #[serde(default)]
    by_address: std::collections::HashMap<String, Vec<Word>>,
    #[serde(default)]
    repeat: Again,
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    connections: Option<usize>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Accepted,
    Retry,
    Throttled,
    Recipient,
    Content,
    Unknown,
    /// Taken, and then no answer.
    TakenUnknown,
    Broken,
    /// Taken, and then this program has a fault of its own.
    Panics,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Again {
    #[default]
    Doubles,
    Findable,
    Idempotent,
}

struct Scripted {
    settings: Settings,
    caps: Capabilities,
}

fn build(b: Build) -> Result<Arc<dyn Transport>, BadSetting> {
    let settings: Settings = serde_json::from_value(b.settings)
        .map_err(|e| BadSetting { key: b.account.clone(), says: e.to_string() })?;
    let caps = Capabilities {
        push: Push::Place,
        voice: Voice::Web,
        max_text: None,
        max_caption: None,
        html: true,
        max_attachment: None,
        max_batch: 1,
        connections: settings.connections.unwrap_or(4),
        repeat: match settings.repeat {
            Again::Doubles => Repeat::Doubles,
            Again::Findable => Repeat::Findable,
            Again::Idempotent => Repeat::Idempotent,
        },
        limits: vec![],
        reach: false,
        send_timeout: Duration::from_secs(20),
    };
    Ok(Arc::new(Scripted { settings, caps }))
}

impl Scripted {
    fn take(&self, msg: &Outbound) -> std::io::Result<()> {
        if let Some(sink) = &self.settings.sink {
            let mut f = std::fs::OpenOptions::new().create(true).append(true).open(sink)?;
            // One write, so that lines of parallel sends do not mix.
            f.write_all(format!("{} {} {}\n", msg.key.hex(), msg.attempt, msg.to.value).as_bytes())?;
        }
        Ok(())
    }
}

#[async_trait]
impl Transport for Scripted {
    fn capabilities(&self) -> &Capabilities {
        &self.caps
    }

    async fn send(&self, msg: &Outbound) -> Outcome {
        if self.settings.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(self.settings.delay_ms)).await;
        }
        let script = self.settings.by_address.get(&msg.to.value).unwrap_or(&self.settings.script);
        let i = (msg.attempt.max(1) as usize - 1).min(script.len().saturating_sub(1));
        let word = script.get(i).copied().unwrap_or(Word::Accepted);
        let cause = |code: &str| Cause::new(code, "as scripted");
        if matches!(word, Word::Accepted | Word::TakenUnknown | Word::Panics)
            && let Err(e) = self.take(msg)
        {
            return Outcome::Retry { after: None, cause: Cause::new("sink", e.to_string()) };
        }
        match word {
            Word::Accepted => Outcome::Accepted(Receipt::new(msg.key.short(12))),
            Word::Retry => Outcome::Retry { after: None, cause: cause("scripted_retry") },
            Word::Throttled => Outcome::Throttled {
                after: Some(Duration::from_secs(1)),
                scope: Scope::Target,
                cause: cause("scripted_throttle"),
            },
            Word::Recipient => {
                Outcome::Rejected { fault: Fault::Recipient, cause: cause("scripted_recipient") }
            }
            Word::Content => Outcome::Rejected { fault: Fault::Content, cause: cause("scripted_content") },
            Word::Unknown | Word::TakenUnknown => Outcome::Unknown { cause: cause("scripted_unknown") },
            Word::Broken => Outcome::Broken { cause: cause("scripted_broken") },
            #[expect(clippy::panic, reason = "it was told to")]
            Word::Panics => panic!("as scripted"),
        }
    }

    async fn find(&self, msg: &Outbound) -> Found {
        match (&self.settings.repeat, &self.settings.sink) {
            (Again::Findable, Some(sink)) => {
                let all = std::fs::read_to_string(sink).unwrap_or_default();
                match all.lines().any(|l| l.starts_with(&msg.key.hex())) {
                    true => Found::Yes(Receipt::new(msg.key.short(12))),
                    false => Found::No,
                }
            }
            _ => Found::CannotTell,
        }
    }

    fn compose(&self, msg: &Outbound) -> Result<Vec<WireFile>, Cause> {
        Ok(vec![WireFile { ext: "txt".into(), bytes: msg.body.text.clone().into_bytes() }])
    }

    async fn probe(&self) -> Result<(), Cause> {
        Ok(())
    }
}
