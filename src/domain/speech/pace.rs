//! How long a text takes that is written as it is said.

/// Syllables a minute over outdoor loudspeakers (broadcast practice: 180–200).
pub const SYLLABLES_PER_MINUTE: f64 = 190.0;
/// Pause after a sentence, in seconds.
pub const SENTENCE_PAUSE: f64 = 0.4;

/// How fast a script is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Syllables a minute, without rests.
    pub syllables_per_minute: f64,
    /// Rest after a sentence, in seconds.
    pub sentence_pause: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { syllables_per_minute: SYLLABLES_PER_MINUTE, sentence_pause: SENTENCE_PAUSE }
    }
}

/// Estimated seconds of saying lines that are written as they are said, rounded up.
pub fn seconds<S: AsRef<str>>(lines: &[S], pace: Pace) -> u32 {
    let count: usize = lines.iter().map(|l| syllables(l.as_ref())).sum();
    let pauses = lines.iter().filter(|l| !l.as_ref().trim().is_empty()).count();
    (count as f64 * 60.0 / pace.syllables_per_minute + pauses as f64 * pace.sentence_pause).ceil() as u32
}

/// Syllables of a text as it is said: a written Vietnamese syllable is one, a foreign word has as many as groups of vowels.
fn syllables(said: &str) -> usize {
    said.split(|c: char| !c.is_alphabetic())
        .filter(|w| !w.is_empty())
        .map(|w| vowel_groups(&w.chars().collect::<Vec<_>>()).max(1))
        .sum()
}

fn vowel_groups(letters: &[char]) -> usize {
    let vowel = |c: &char| {
        deunicode::deunicode_char(*c)
            .and_then(|a| a.chars().next())
            .is_some_and(|a| "aeiouy".contains(a.to_ascii_lowercase()))
    };
    letters.iter().enumerate().filter(|(i, c)| vowel(c) && (*i == 0 || !vowel(&letters[i - 1]))).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_follow_speech() {
        for (said, n) in [
            ("người", 1),
            ("nghiêng, ngả", 2),
            ("hai nghìn không trăm hai mươi sáu", 7),
            ("i-đê chấm vi-en", 5),
            ("ki-lô-mét vuông", 4),
            ("online", 3),
            (" – ", 0),
            ("", 0),
        ] {
            assert_eq!(syllables(said), n, "{said}");
        }
    }

    #[test]
    fn seconds_count_syllables_and_pauses() {
        let line = "một ".repeat(19);
        assert_eq!(seconds(&[line.as_str()], Pace::default()), 7); // 6 s and a pause
        let slow = Pace { syllables_per_minute: 95.0, sentence_pause: 3.0 };
        assert_eq!(seconds(&[line.as_str()], slow), 15);
        assert_eq!(seconds::<&str>(&[], Pace::default()), 0);
    }
}
