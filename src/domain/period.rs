//! Reporting periods (Decree 09/2019/NĐ-CP art. 12).
//!
//! A period's data window is not its calendar time: under the decree the fourth quarter of 2026 runs from 15/09/2026 to
//! 14/12/2026. A report prints its window ([`Period::window_text`]), so that nobody compares unlike figures.

use std::fmt;

use chrono::{Datelike, Days, Months, NaiveDate};

use super::text::{self, Lang};

/// How periods are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Scheme {
    /// 15th to 14th, as the decree says.
    #[default]
    Nd09,
    /// Calendar months and quarters.
    Calendar,
}

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// One month.
    Month,
    /// Three.
    Quarter,
    /// Six.
    Half,
    /// Twelve.
    Year,
}

impl Span {
    fn months(self) -> u32 {
        match self {
            Span::Month => 1,
            Span::Quarter => 3,
            Span::Half => 6,
            Span::Year => 12,
        }
    }
}

/// A reporting period: a month, quarter, half or the whole of a year. `Display` writes what [`Period::parse`] reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    year: i32,
    span: Span,
    /// 1-based place in the year.
    part: u32,
}

impl Period {
    /// The period of that place (1-based) in a year. `None` outside of the years 1900–2199 or of the year's parts.
    pub fn new(year: i32, span: Span, part: u32) -> Option<Period> {
        let ok = super::words::YEARS.contains(&year) && (1..=12 / span.months()).contains(&part);
        ok.then_some(Period { year, span, part })
    }

    /// Reads `2026-Q4`, `2026-11`, `2026-H1`, `2026`.
    pub fn parse(s: &str) -> Option<Period> {
        let s = s.trim().to_ascii_uppercase();
        let (year, part) = s.split_once('-').map_or((s.as_str(), None), |(y, p)| (y, Some(p)));
        let digits = |t: &str, n: usize| {
            if t.len() == n && t.bytes().all(|b| b.is_ascii_digit()) { t.parse::<u32>().ok() } else { None }
        };
        let year = i32::try_from(digits(year, 4)?).ok()?;
        let Some(part) = part else { return Period::new(year, Span::Year, 1) };
        if let Some(q) = part.strip_prefix('Q') {
            Period::new(year, Span::Quarter, digits(q, 1)?)
        } else if let Some(h) = part.strip_prefix('H') {
            Period::new(year, Span::Half, digits(h, 1)?)
        } else {
            Period::new(year, Span::Month, digits(part, 2)?)
        }
    }

    /// The period of that length whose data window contains a day. `None` outside of the years 1900–2199.
    pub fn containing(span: Span, date: NaiveDate, scheme: Scheme) -> Option<Period> {
        // Under the decree the 15th already belongs to the next month.
        let counted = match scheme {
            Scheme::Nd09 if date.day() >= 15 => date.checked_add_months(Months::new(1))?,
            Scheme::Nd09 | Scheme::Calendar => date,
        };
        Period::new(counted.year(), span, counted.month0() / span.months() + 1)
    }

    /// The year it is named by.
    pub fn year(self) -> i32 {
        self.year
    }
    /// Its length.
    pub fn span(self) -> Span {
        self.span
    }

    /// First and last day whose figures it counts, both inclusive.
    pub fn window(self, scheme: Scheme) -> (NaiveDate, NaiveDate) {
        let first_month = (self.part - 1) * self.span.months() + 1;
        // The year and the month were checked when the period was made.
        let begins = NaiveDate::from_ymd_opt(self.year, first_month, 1).unwrap_or_default();
        let ends = begins + Months::new(self.span.months()) - Days::new(1);
        match scheme {
            Scheme::Calendar => (begins, ends),
            Scheme::Nd09 => {
                let from = begins - Months::new(1) + Days::new(14);
                let last = ends.with_day(14).unwrap_or(ends);
                (from, last)
            }
        }
    }

    /// The period before it, of the same length. `None` before 1900.
    pub fn previous(self) -> Option<Period> {
        match self.part {
            1 => Period::new(self.year - 1, self.span, 12 / self.span.months()),
            part => Period::new(self.year, self.span, part - 1),
        }
    }

    /// The period after it, of the same length. `None` after 2199.
    pub fn next(self) -> Option<Period> {
        Period::new(self.year, self.span, self.part + 1).or_else(|| Period::new(self.year + 1, self.span, 1))
    }

    /// `Quý IV/2026`, `Tháng 11/2026`, `6 tháng đầu năm 2026`, `Năm 2026`; `Q4 2026`, `November 2026`…
    pub fn label(self, lang: Lang) -> String {
        const ROMAN: [&str; 4] = ["I", "II", "III", "IV"];
        const EN: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let (year, i) = (self.year, self.part as usize - 1);
        match (self.span, lang) {
            (Span::Month, Lang::Vi) => format!("Tháng {}/{year}", self.part),
            (Span::Month, Lang::En) => format!("{} {year}", EN[i]),
            (Span::Quarter, Lang::Vi) => format!("Quý {}/{year}", ROMAN[i]),
            (Span::Quarter, Lang::En) => format!("Q{} {year}", self.part),
            (Span::Half, Lang::Vi) => format!("6 tháng {} năm {year}", if i == 0 { "đầu" } else { "cuối" }),
            (Span::Half, Lang::En) => format!("{} half of {year}", if i == 0 { "First" } else { "Second" }),
            (Span::Year, Lang::Vi) => format!("Năm {year}"),
            (Span::Year, Lang::En) => format!("Year {year}"),
        }
    }

    /// The sentence a report prints: `số liệu tính từ 15/09/2026 đến 14/12/2026`.
    pub fn window_text(self, scheme: Scheme, lang: Lang) -> String {
        let (from, until) = self.window(scheme);
        let (from, until) = (text::date(from), text::date(until));
        match lang {
            Lang::Vi => format!("số liệu tính từ {from} đến {until}"),
            Lang::En => format!("figures from {from} to {until}"),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.span {
            Span::Month => write!(f, "{}-{:02}", self.year, self.part),
            Span::Quarter => write!(f, "{}-Q{}", self.year, self.part),
            Span::Half => write!(f, "{}-H{}", self.year, self.part),
            Span::Year => write!(f, "{}", self.year),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn window(p: &str, scheme: Scheme) -> String {
        let (a, b) = Period::parse(p).expect(p).window(scheme);
        format!("{}–{}", text::date(a), text::date(b))
    }

    #[test]
    fn windows_of_the_decree() {
        for (p, want) in [
            ("2026-Q4", "15/09/2026–14/12/2026"),
            ("2026-q1", "15/12/2025–14/03/2026"),
            ("2026", "15/12/2025–14/12/2026"),
            ("2026-H1", "15/12/2025–14/06/2026"),
            ("2026-H2", "15/06/2026–14/12/2026"),
            ("2026-11", "15/10/2026–14/11/2026"),
            ("2026-03", "15/02/2026–14/03/2026"),
            ("1900-01", "15/12/1899–14/01/1900"),
        ] {
            assert_eq!(window(p, Scheme::Nd09), want, "{p}");
        }
        assert_eq!(window("2026-Q4", Scheme::Calendar), "01/10/2026–31/12/2026");
        assert_eq!(window("2028-02", Scheme::Calendar), "01/02/2028–29/02/2028");
    }

    #[test]
    fn names() {
        let label = |p: &str, l| Period::parse(p).expect(p).label(l);
        assert_eq!(label("2026-Q4", Lang::Vi), "Quý IV/2026");
        assert_eq!(label("2026-11", Lang::Vi), "Tháng 11/2026");
        assert_eq!(label("2026-H2", Lang::Vi), "6 tháng cuối năm 2026");
        assert_eq!(label("2026-11", Lang::En), "November 2026");
        assert_eq!(label("2026", Lang::En), "Year 2026");
        for bad in [
            "2026-Q5",
            "2026-Q0",
            "2026-13",
            "2026-00",
            "2026-1",
            "26",
            "2026-H3",
            "",
            "0000",
            "Q4",
            "2026-",
            "2026-11-1",
        ] {
            assert_eq!(Period::parse(bad), None, "{bad}");
        }
        let text = Period::parse("2026-Q4").expect("a period").window_text(Scheme::Nd09, Lang::Vi);
        assert_eq!(text, "số liệu tính từ 15/09/2026 đến 14/12/2026");
    }

    proptest! {
        #[test]
        fn windows_tile(year in 1901i32..2198, which in 0usize..4, part in 0u32..12, nd09: bool) {
            let scheme = if nd09 { Scheme::Nd09 } else { Scheme::Calendar };
            let span = [Span::Month, Span::Quarter, Span::Half, Span::Year][which];
            let p = Period::new(year, span, part % (12 / span.months()) + 1).expect("in range");
            let (from, until) = p.window(scheme);
            prop_assert!(from < until);
            let next = p.next().expect("in range");
            prop_assert_eq!(next.window(scheme).0, until + Days::new(1));
            prop_assert_eq!(next.previous(), Some(p));
            prop_assert_eq!(Period::parse(&p.to_string()), Some(p));
            for day in [from, until] {
                prop_assert_eq!(Period::containing(span, day, scheme), Some(p));
            }
            prop_assert_eq!(Period::containing(span, until + Days::new(1), scheme), Some(next));
        }
    }
}
