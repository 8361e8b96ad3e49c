//! The Vietnamese lunar calendar, from the sun and the moon.
//!
//! The rule is the one Vietnam uses (Decision 121/CP of 1967, in Hồ Ngọc Đức's description): days are those of UTC+7; a
//! month begins on the day of the new moon; the month that contains the winter solstice is the eleventh; if thirteen
//! months begin between two eleventh months, the first without a principal term (the sun at a multiple of 30°) repeats
//! the number before it. It therefore differs from China's calendar (UTC+8) now and then: 1985, 2007, 2030.
//!
//! The moon is Meeus, *Astronomical Algorithms*, chapter 49 (good to seconds), the sun his chapter 25 (0.01°). Before 1968
//! Vietnam itself used other zones; this module applies today's rule to all years. No table of dates is kept.

use std::f64::consts::PI;

use chrono::{Datelike, Days, NaiveDate};

/// A date of the lunar calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LunarDate {
    /// Day of the month, 1–30.
    pub day: u32,
    /// Month, 1–12.
    pub month: u32,
    /// Lunar year, named by the solar year in which it begins.
    pub year: i32,
    /// True in the leap month that follows the month of the same number.
    pub leap: bool,
}

/// A lunar month laid over solar days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LunarMonth {
    /// Its first day: `day` is 1.
    pub first: LunarDate,
    /// The solar date of its first day.
    pub begins: NaiveDate,
    /// 29 or 30.
    pub length: u32,
}

/// Julian day number (at noon) of 31/12 of the year 1 BC, chrono's day 0.
const JDN_OF_CE_0: i64 = 1_721_425;
/// Vietnam's offset, in days.
const ZONE: f64 = 7.0 / 24.0;

fn sin_deg(x: f64) -> f64 {
    (x.rem_euclid(360.0) * PI / 180.0).sin()
}

/// Terrestrial minus universal time, in days: observed until 2020, then the usual forecast (its error, some seconds by
/// 2050, matters only for a new moon within those seconds of midnight).
fn delta_t(year: f64) -> f64 {
    const SECONDS: [(f64, f64); 12] = [
        (1880.0, -5.0),
        (1900.0, -2.8),
        (1920.0, 21.2),
        (1940.0, 24.3),
        (1960.0, 33.1),
        (1980.0, 50.5),
        (2000.0, 63.8),
        (2020.0, 69.4),
        (2050.0, 80.0),
        (2100.0, 110.0),
        (2150.0, 170.0),
        (2200.0, 240.0),
    ];
    let after = SECONDS.iter().position(|(y, _)| *y > year).unwrap_or(SECONDS.len() - 1).max(1);
    let ((y0, s0), (y1, s1)) = (SECONDS[after - 1], SECONDS[after]);
    let part = ((year - y0) / (y1 - y0)).clamp(0.0, 1.0);
    (s0 + (s1 - s0) * part) / 86_400.0
}

/// Julian ephemeris day of the new moon number `k` (0: 06/01/2000), Meeus chapter 49.
fn new_moon_jde(k: i64) -> f64 {
    let k = k as f64;
    let t = k / 1236.85;
    let (t2, t3, t4) = (t * t, t * t * t, t * t * t * t);
    let mean = 2_451_550.097_66 + 29.530_588_861 * k + 0.000_154_37 * t2 - 0.000_000_150 * t3
        + 0.000_000_000_73 * t4;
    let e = 1.0 - 0.002_516 * t - 0.000_007_4 * t2;
    let sun = 2.5534 + 29.105_356_70 * k - 0.000_001_4 * t2 - 0.000_000_11 * t3;
    let moon = 201.5643 + 385.816_935_28 * k + 0.010_758_2 * t2 + 0.000_012_38 * t3 - 0.000_000_058 * t4;
    let lat = 160.7108 + 390.670_502_84 * k - 0.001_611_8 * t2 - 0.000_002_27 * t3 + 0.000_000_011 * t4;
    let node = 124.7746 - 1.563_755_88 * k + 0.002_067_2 * t2 + 0.000_002_15 * t3;
    // Days, power of e, multiples of: sun's anomaly, moon's anomaly, argument of latitude.
    const TERMS: [(f64, i32, f64, f64, f64); 24] = [
        (-0.407_20, 0, 0.0, 1.0, 0.0),
        (0.172_41, 1, 1.0, 0.0, 0.0),
        (0.016_08, 0, 0.0, 2.0, 0.0),
        (0.010_39, 0, 0.0, 0.0, 2.0),
        (0.007_39, 1, -1.0, 1.0, 0.0),
        (-0.005_14, 1, 1.0, 1.0, 0.0),
        (0.002_08, 2, 2.0, 0.0, 0.0),
        (-0.001_11, 0, 0.0, 1.0, -2.0),
        (-0.000_57, 0, 0.0, 1.0, 2.0),
        (0.000_56, 1, 1.0, 2.0, 0.0),
        (-0.000_42, 0, 0.0, 3.0, 0.0),
        (0.000_42, 1, 1.0, 0.0, 2.0),
        (0.000_38, 1, 1.0, 0.0, -2.0),
        (-0.000_24, 1, -1.0, 2.0, 0.0),
        (-0.000_07, 0, 2.0, 1.0, 0.0),
        (0.000_04, 0, 0.0, 2.0, -2.0),
        (0.000_04, 0, 3.0, 0.0, 0.0),
        (0.000_03, 0, 1.0, 1.0, -2.0),
        (0.000_03, 0, 0.0, 2.0, 2.0),
        (-0.000_03, 0, 1.0, 1.0, 2.0),
        (0.000_03, 0, -1.0, 1.0, 2.0),
        (-0.000_02, 0, -1.0, 1.0, -2.0),
        (-0.000_02, 0, 1.0, 3.0, 0.0),
        (0.000_02, 0, 0.0, 4.0, 0.0),
    ];
    // Days, argument at k = 0, its growth per k.
    const PLANETS: [(f64, f64, f64); 14] = [
        (0.000_325, 299.77, 0.107_408),
        (0.000_165, 251.88, 0.016_321),
        (0.000_164, 251.83, 26.651_886),
        (0.000_126, 349.42, 36.412_478),
        (0.000_110, 84.66, 18.206_239),
        (0.000_062, 141.74, 53.303_771),
        (0.000_060, 207.14, 2.453_732),
        (0.000_056, 154.84, 7.306_860),
        (0.000_047, 34.52, 27.261_239),
        (0.000_042, 207.19, 0.121_824),
        (0.000_040, 291.34, 1.844_379),
        (0.000_037, 161.72, 24.198_154),
        (0.000_035, 239.56, 25.513_099),
        (0.000_023, 331.55, 3.592_518),
    ];
    let periodic: f64 = TERMS
        .iter()
        .map(|(days, power, m, mm, f)| days * e.powi(*power) * sin_deg(m * sun + mm * moon + f * lat))
        .sum();
    let planets: f64 = PLANETS
        .iter()
        .enumerate()
        .map(|(i, (days, at, step))| {
            days * sin_deg(at + step * k - if i == 0 { 0.009_173 * t2 } else { 0.0 })
        })
        .sum();
    mean + periodic - 0.000_17 * sin_deg(node) + planets
}

/// The sun's apparent longitude in degrees at a Julian ephemeris day, Meeus chapter 25.
fn sun_longitude(jde: f64) -> f64 {
    let t = (jde - 2_451_545.0) / 36_525.0;
    let t2 = t * t;
    let mean = 280.466_46 + 36_000.769_83 * t + 0.000_303_2 * t2;
    let anomaly = 357.529_11 + 35_999.050_29 * t - 0.000_153_7 * t2;
    let center = (1.914_602 - 0.004_817 * t - 0.000_014 * t2) * sin_deg(anomaly)
        + (0.019_993 - 0.000_101 * t) * sin_deg(2.0 * anomaly)
        + 0.000_289 * sin_deg(3.0 * anomaly);
    (mean + center - 0.005_69 - 0.004_78 * sin_deg(125.04 - 1934.136 * t)).rem_euclid(360.0)
}

fn year_of_jd(jd: f64) -> f64 {
    2000.0 + (jd - 2_451_545.0) / 365.25
}

/// The day (Julian day number, Vietnam's clock) of new moon `k`.
fn new_moon_day(k: i64) -> i64 {
    let jde = new_moon_jde(k);
    (jde - delta_t(year_of_jd(jde)) + ZONE + 0.5).floor() as i64
}

/// In which twelfth of the ecliptic (0–11) the sun stands when a day begins in Vietnam.
fn sector(day: i64) -> u32 {
    let midnight = day as f64 - 0.5 - ZONE;
    (sun_longitude(midnight + delta_t(year_of_jd(midnight))) / 30.0).floor() as u32
}

/// The last new moon on or before a day.
fn moon_before(day: i64) -> i64 {
    let mut k = ((day as f64 - 2_451_550.1) / 29.530_588_861).round() as i64 + 1;
    while new_moon_day(k) > day {
        k -= 1;
    }
    k
}

fn jdn(d: NaiveDate) -> i64 {
    i64::from(d.num_days_from_ce()) + JDN_OF_CE_0
}

fn date_of(jdn: i64) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(jdn - JDN_OF_CE_0).ok()?)
}

/// The months from one eleventh month to the next.
struct Span {
    /// New moon that begins the eleventh month of the first year.
    first: i64,
    /// Which of the following months is the leap month.
    leap: Option<i64>,
}

/// The new moon that begins the eleventh month (with the winter solstice) of a year.
fn eleventh(year: i32) -> Option<i64> {
    let k = moon_before(jdn(NaiveDate::from_ymd_opt(year, 12, 31)?));
    // The sun is past 270° when that day begins: the solstice was before, in the month before.
    Some(if sector(new_moon_day(k)) >= 9 { k - 1 } else { k })
}

fn span(year: i32) -> Option<Span> {
    let (first, next) = (eleventh(year)?, eleventh(year.checked_add(1)?)?);
    let without_term = |i: &i64| sector(new_moon_day(first + i)) == sector(new_moon_day(first + i + 1));
    let leap = if next - first == 13 { (1..13).find(without_term) } else { None };
    Some(Span { first, leap })
}

/// The lunar month that contains a day. `None` for years chrono cannot count.
pub fn month_of(date: NaiveDate) -> Option<LunarMonth> {
    let k = moon_before(jdn(date));
    let base = if k >= eleventh(date.year())? { date.year() } else { date.year() - 1 };
    let Span { first, leap } = span(base)?;
    let at = k - first;
    let in_order = if leap.is_some_and(|l| at >= l) { at - 1 } else { at };
    let month = u32::try_from((in_order + 10) % 12 + 1).ok()?;
    let year = if month >= 11 { base } else { base + 1 };
    Some(LunarMonth {
        first: LunarDate { day: 1, month, year, leap: leap == Some(at) },
        begins: date_of(new_moon_day(k))?,
        length: u32::try_from(new_moon_day(k + 1) - new_moon_day(k)).ok()?,
    })
}

/// The lunar date of a day. `None` only for years chrono cannot count.
pub fn to_lunar(date: NaiveDate) -> Option<LunarDate> {
    let month = month_of(date)?;
    let day = u32::try_from((date - month.begins).num_days()).ok()? + 1;
    Some(LunarDate { day, ..month.first })
}

/// The day of a lunar date. `None` if there is none: a 30th of a short month, a leap month the year does not have.
pub fn to_solar(day: u32, month: u32, year: i32, leap: bool) -> Option<NaiveDate> {
    if !(1..=30).contains(&day) || !(1..=12).contains(&month) {
        return None;
    }
    let base = if month >= 11 { year } else { year.checked_sub(1)? };
    let Span { first, leap: leap_at } = span(base)?;
    let in_order = i64::from((month + 1) % 12);
    let at = match leap_at {
        Some(l) if leap => (l == in_order + 1).then_some(l)?,
        Some(l) if in_order >= l => in_order + 1,
        Some(_) => in_order,
        None if leap => return None,
        None => in_order,
    };
    let (begins, ends) = (new_moon_day(first + at), new_moon_day(first + at + 1));
    if i64::from(day) > ends - begins {
        return None;
    }
    date_of(begins)?.checked_add_days(Days::new(u64::from(day - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(day: u32, m: u32, y: i32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, day).expect("a date")
    }

    #[test]
    fn the_moon_and_the_sun_stand_where_the_book_says() {
        // Meeus, examples 49.a and 25.a.
        assert!((new_moon_jde(-283) - 2_443_192.651_18).abs() < 0.000_01, "{}", new_moon_jde(-283));
        assert!((sun_longitude(2_448_908.5) - 199.908_95).abs() < 0.000_1, "{}", sun_longitude(2_448_908.5));
        assert_eq!(jdn(d(1, 1, 2000)), 2_451_545);
        assert_eq!(date_of(2_451_545), Some(d(1, 1, 2000)));
    }

    #[test]
    fn tet_and_the_kings_day() {
        for (year, tet, gio_to) in [
            (1985, d(21, 1, 1985), d(29, 4, 1985)),
            (2007, d(17, 2, 2007), d(26, 4, 2007)),
            (2025, d(29, 1, 2025), d(7, 4, 2025)),
            (2026, d(17, 2, 2026), d(26, 4, 2026)),
            (2027, d(6, 2, 2027), d(16, 4, 2027)),
            (2028, d(26, 1, 2028), d(4, 4, 2028)),
            (2029, d(13, 2, 2029), d(23, 4, 2029)),
            (2030, d(2, 2, 2030), d(12, 4, 2030)),
            (2031, d(23, 1, 2031), d(1, 4, 2031)),
        ] {
            assert_eq!(to_solar(1, 1, year, false), Some(tet));
            assert_eq!(to_solar(10, 3, year, false), Some(gio_to));
            assert_eq!(to_lunar(tet), Some(LunarDate { day: 1, month: 1, year, leap: false }));
        }
        // Mid-autumn of 2026, and the last day before Tết 2026: that twelfth month has 29 days.
        assert_eq!(to_solar(15, 8, 2026, false), Some(d(25, 9, 2026)));
        assert_eq!(to_solar(30, 12, 2025, false), None);
        assert_eq!(to_solar(29, 12, 2025, false), Some(d(16, 2, 2026)));
    }

    #[test]
    fn leap_months() {
        let leap = |year| (1..=12).filter(|m| to_solar(1, *m, year, true).is_some()).collect::<Vec<_>>();
        for (year, month) in [
            (1984, 0),
            (1985, 2),
            (1987, 7),
            (1995, 8),
            (1998, 5),
            (2001, 4),
            (2004, 2),
            (2006, 7),
            (2009, 5),
            (2012, 4),
            (2014, 9),
            (2017, 6),
            (2020, 4),
            (2023, 2),
            (2025, 6),
            (2028, 5),
            (2031, 3),
            (2033, 11),
            (2036, 6),
            (2026, 0),
        ] {
            let want: Vec<u32> = if month == 0 { vec![] } else { vec![month] };
            assert_eq!(leap(year), want, "{year}");
        }
        assert_eq!(to_solar(1, 6, 2025, true), Some(d(25, 7, 2025)));
        assert_eq!(to_solar(15, 13, 2026, false), None);
        assert_eq!(to_solar(0, 1, 2026, false), None);
    }

    #[test]
    fn every_day_from_1900_to_2100_has_one_name_and_months_follow_each_other() {
        let mut month = month_of(d(1, 1, 1900)).expect("a month");
        while month.begins.year() <= 2100 {
            assert!(matches!(month.length, 29 | 30), "{month:?}");
            for day in 1..=month.length {
                let f = month.first;
                let date = to_solar(day, f.month, f.year, f.leap).expect("a day of a month is a day");
                assert_eq!(date, month.begins + Days::new(u64::from(day - 1)));
                if day == 1 || day == month.length {
                    assert_eq!(to_lunar(date), Some(LunarDate { day, ..f }));
                }
            }
            let next = month_of(month.begins + Days::new(u64::from(month.length))).expect("a month");
            let (a, b) = (month.first, next.first);
            let same = b.leap && a.month == b.month && a.year == b.year && !a.leap;
            let after = !b.leap && b.month == a.month % 12 + 1 && b.year == a.year + i32::from(b.month == 1);
            assert!(same || after, "{a:?} then {b:?}");
            month = next;
        }
    }

    proptest! {
        #[test]
        fn there_and_back(days in 0u64..73_414) {
            let date = d(1, 1, 1900) + Days::new(days);
            let l = to_lunar(date).expect("in range");
            prop_assert_eq!(to_solar(l.day, l.month, l.year, l.leap), Some(date));
        }
    }
}
