//! Rates as people write them, and the windows they mean.

use super::text::{clean_line, fold};
use super::words::{DAY, Why, is_noun, number_and_word, unit_seconds};

/// A rate as `(count, seconds)`: `300 per hour`, `30/s`, `20/min`, `3000/month`, `300 mỗi giờ`, `100 per 10 minutes`. A month
/// counts 31 days, so that a provider's monthly allowance is never exceeded.
///
/// # Errors
/// Other forms; a count or a time of zero.
pub fn parse_rate(s: &str) -> Result<(u32, u64), Why> {
    let shown = clean_line(s);
    let read = || {
        let f = fold(&shown);
        let (n, per) = number_and_word(&f)?;
        let per = ["per ", "moi ", "mot ", "trong ", "each ", "a ", "/"]
            .iter()
            .find_map(|p| per.strip_prefix(p))
            .or_else(|| per.split_once('/').filter(|(what, _)| is_noun(what)).map(|(_, u)| u))?
            .trim();
        let (times, word) = number_and_word(per).unwrap_or((1, per));
        let seconds = match word {
            "month" | "months" | "thang" => 31 * DAY,
            w => unit_seconds(w)?,
        };
        let total = u64::from(times).checked_mul(seconds)?;
        (n > 0 && total > 0).then_some((n, total))
    };
    read().ok_or_else(|| {
        Why::new(
            format!("“{shown}” không phải là mức gửi; hãy viết ví dụ 300 mỗi giờ, 20/phút hoặc 3.000/tháng"),
            format!("\"{shown}\" is no rate; write for example 300 per hour, 20/min or 3000/month"),
        )
    })
}

/// Most messages in a time, and how many of them at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// So many…
    pub count: u32,
    /// …in so many seconds, any window of that length.
    pub seconds: u64,
    /// Never more than these within their share of the window.
    pub burst: Option<u32>,
}

impl Rate {
    /// What is never exceeded: counts, each with its window in milliseconds. A burst of b out of n has b/n of the window.
    pub fn windows(self) -> Vec<(u32, i64)> {
        let whole = i64::try_from(self.seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
        let share = |b: u32| {
            let part = (i128::from(whole) * i128::from(b)).div_euclid(i128::from(self.count.max(1)));
            i64::try_from(part + 1).unwrap_or(whole).min(whole)
        };
        std::iter::once((self.count, whole)).chain(self.burst.map(|b| (b, share(b)))).collect()
    }
}

/// A rate as [`parse_rate`], and how many of them may go at once: `300 per hour burst 20`, `300 mỗi giờ, dồn 20`.
///
/// # Errors
/// As [`parse_rate`]; a burst of zero, or of more than the rate.
pub fn parse_limit(s: &str) -> Result<Rate, Why> {
    let folded = fold(&clean_line(s));
    let cut = [" burst ", " don "].iter().find_map(|w| folded.find(w).map(|at| (at, at + w.len())));
    let Some((from, to)) = cut else {
        return parse_rate(s).map(|(count, seconds)| Rate { count, seconds, burst: None });
    };
    let (count, seconds) = parse_rate(folded.get(..from).unwrap_or_default().trim_end_matches([',', ' ']))?;
    let burst = folded.get(to..).and_then(|b| b.trim().parse::<u32>().ok());
    match burst.filter(|b| (1..=count).contains(b)) {
        Some(b) => Ok(Rate { count, seconds, burst: Some(b) }),
        None => {
            let shown = clean_line(s);
            Err(Why::new(
                format!(
                    "“{shown}”: sau “dồn” là số tin nhiều nhất một lúc, từ 1 đến {count}, ví dụ 300 mỗi giờ, dồn 20"
                ),
                format!(
                    "\"{shown}\": after \"burst\" goes the most at once, 1 to {count}, as in 300 per hour burst 20"
                ),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_may_say_how_many_go_at_once() {
        let of = |count, seconds, burst| Ok(Rate { count, seconds, burst });
        for (s, want) in [
            ("300 per hour", of(300, 3_600, None)),
            ("300 per hour burst 20", of(300, 3_600, Some(20))),
            ("300 per hour, burst 20", of(300, 3_600, Some(20))),
            ("300 mỗi giờ, dồn 20", of(300, 3_600, Some(20))),
            ("3.000/tháng dồn 100", of(3_000, 31 * 86_400, Some(100))),
        ] {
            assert_eq!(parse_limit(s), want, "{s}");
        }
        for s in [
            "300 per hour burst",
            "300 per hour burst 0",
            "300 per hour burst 301",
            "300 burst 20",
            "burst 3",
        ] {
            assert!(parse_limit(s).is_err(), "{s}");
        }
        assert_eq!(
            parse_limit("300 per hour burst 20").unwrap().windows(),
            [(300, 3_600_000), (20, 240_001)]
        );
        assert_eq!(parse_limit("5 per 2 seconds burst 5").unwrap().windows(), [(5, 2_000), (5, 2_000)]);
    }

    #[test]
    fn rates() {
        for (s, want) in [
            ("300 per hour", (300, 3_600)),
            ("30/s", (30, 1)),
            ("20/min", (20, 60)),
            ("3000/month", (3_000, 31 * 86_400)),
            ("3.000/tháng", (3_000, 31 * 86_400)),
            ("300 mỗi giờ", (300, 3_600)),
            ("100 per 10 minutes", (100, 600)),
            ("20 tin/phút", (20, 60)),
            ("1 / giây", (1, 1)),
        ] {
            assert_eq!(parse_rate(s), Ok(want), "{s}");
        }
        for s in
            ["300", "0/s", "30/", "/s", "30 s", "1/0 s", "30/fortnight", "-3/s", "3,000/s", "99999999999/s"]
        {
            assert!(parse_rate(s).is_err(), "{s}");
        }
    }
}
