//! `speech:` of `loa.yaml`: how fast scripts are read, and the programs that voice a rehearsal.

use crate::domain::speech::Pace;
use crate::domain::words;
use crate::yaml::Node;

/// How fast scripts are read, and the commands of a rehearsal. Commands are programs with their arguments, never a shell's line;
/// `{out}` is the file to write, `{in}` the one to read, the text comes on standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speech {
    /// Syllables a minute, without rests.
    pub syllables_per_minute: u16,
    /// Rest after a sentence, in milliseconds.
    pub sentence_pause_ms: u16,
    /// What makes WAV of a text.
    pub command: Vec<String>,
    /// What makes MP3 of WAV.
    pub mp3_command: Vec<String>,
    /// Longest time of a command, in seconds.
    pub time_limit: u64,
}

impl Default for Speech {
    fn default() -> Self {
        let words = |s: &str| s.split(' ').map(str::to_owned).collect();
        Self {
            syllables_per_minute: 190,
            sentence_pause_ms: 400,
            command: words("espeak-ng -v vi -s 130 --stdin -w {out}"),
            mp3_command: words("lame --quiet -m m -b 64 {in} {out}"),
            time_limit: 120,
        }
    }
}

impl Speech {
    /// What seconds are estimated by.
    pub fn pace(&self) -> Pace {
        Pace {
            syllables_per_minute: f64::from(self.syllables_per_minute),
            sentence_pause: f64::from(self.sentence_pause_ms) / 1000.0,
        }
    }

    /// Takes what a checked file decides.
    pub(super) fn read(&mut self, n: &Node) {
        let number = |k: &str| n.str(k).and_then(|v| v.parse().ok());
        self.syllables_per_minute = number("syllables_per_minute").unwrap_or(self.syllables_per_minute);
        self.sentence_pause_ms = number("sentence_pause_ms").unwrap_or(self.sentence_pause_ms);
        for (key, into) in [("command", &mut self.command), ("mp3_command", &mut self.mp3_command)] {
            let words: Vec<String> = n.list(key).iter().filter_map(Node::text).map(str::to_owned).collect();
            if !words.is_empty() {
                *into = words;
            }
        }
        if let Some(t) = n.str("time_limit").and_then(|t| words::parse_duration(t).ok()) {
            self.time_limit = u64::try_from(t).unwrap_or(0).clamp(1, 3600);
        }
    }
}
