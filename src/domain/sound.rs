//! What a sound file is: how long, how many channels, and the mark that a machine read it for a rehearsal. Pure: bytes in.

use std::ops::Range;

/// Stands in the tags of every file that a machine has read: such a file is never a recording for the air.
pub const REHEARSAL: &str = "LOA-DOC-THU";

/// A sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sound {
    /// How long it is, in seconds.
    pub seconds: f64,
    /// One channel.
    pub mono: bool,
    /// Its tags say that it is a rehearsal.
    pub rehearsal: bool,
}

/// Longest recording of a post, in bytes: a quarter of an hour at 160 kbit/s, and more.
pub const MAX_RECORDING: u64 = 20 * 1024 * 1024;
/// Longest recording of a post, in seconds: a whole session of a ward's station.
pub const MAX_RECORDING_SECONDS: u32 = 15 * 60;

impl Sound {
    /// Its length in whole seconds, begun ones included: what it takes of a session.
    pub fn whole_seconds(&self) -> u32 {
        self.seconds.ceil() as u32
    }
}

/// Reads an MP3: tags, then frames of MPEG audio layer III one after another. `None` if it is something else, or mostly so.
pub fn mp3(bytes: &[u8]) -> Option<Sound> {
    walk(bytes).map(|w| w.sound)
}

/// An MP3 as its sound alone: what a program or a person wrote into it (names, places, pictures, notes) is left out, and so is
/// whatever else stands between frames. `None` if it is no MP3 from its beginning: a file of another type that holds frames
/// somewhere is none.
pub fn mp3_bare(bytes: &[u8]) -> Option<(Sound, Vec<u8>)> {
    let w = walk(bytes)?;
    let first = w.frames.first()?;
    // Encoders leave room behind their tags.
    if bytes.get(w.tags..first.start)?.iter().any(|b| *b != 0) {
        return None;
    }
    Some((w.sound, w.frames.iter().flat_map(|f| &bytes[f.clone()]).copied().collect()))
}

/// How many bytes of half a frame an MP3 begins with, if that is all that is wrong with it: it was cut by its bytes.
pub fn cut_off(bytes: &[u8]) -> Option<usize> {
    /// The longest frame there is: 320 kbit/s at 32 kHz.
    const LONGEST: usize = 1441;
    let w = walk(bytes)?;
    let lead = w.frames.first()?.start - w.tags;
    (1..LONGEST).contains(&lead).then_some(lead)
}

/// True for an MP3 that has fewer frames than its encoder wrote at its head (Xing, Info: frames of the whole file), so that it breaks
/// off. Two may be missing: encoders count differently. Without such a head nobody knows.
pub fn breaks_off(bytes: &[u8]) -> bool {
    let Some(w) = walk(bytes) else { return false };
    let Some(first) = w.frames.first().and_then(|f| bytes.get(f.clone())) else { return false };
    let mark = |name: &[u8]| first.windows(4).take(64).position(|w| w == name);
    let Some(at) = mark(b"Xing").or_else(|| mark(b"Info")) else { return false };
    let number = |i: usize| first.get(i..i + 4).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes);
    let said = number(at + 4).filter(|flags| flags & 1 == 1).and_then(|_| number(at + 8));
    said.is_some_and(|said| w.frames.len() + 2 < said as usize)
}

/// True if a file says, in either of the ways that tags are written in, that a machine read it for a rehearsal.
pub fn is_rehearsal(bytes: &[u8]) -> bool {
    let plain = REHEARSAL.as_bytes();
    // UTF-16, whichever byte comes first.
    let mut wide: Vec<u8> = plain.iter().flat_map(|b| [*b, 0]).collect();
    wide.pop();
    let holds = |mark: &[u8]| bytes.windows(mark.len()).any(|w| w[0] == mark[0] && w == mark);
    holds(plain) || holds(&wide)
}

/// What a walk along an MP3 found.
struct Walk {
    sound: Sound,
    /// Where the tags before the frames end.
    tags: usize,
    frames: Vec<Range<usize>>,
}

fn walk(bytes: &[u8]) -> Option<Walk> {
    let tag = |at: usize| {
        let rest = bytes.get(at..).unwrap_or_default();
        rest.starts_with(b"TAG") || rest.starts_with(b"APETAGEX")
    };
    let mut at = 0;
    while bytes.get(at..at + 3) == Some(b"ID3") {
        let size = bytes.get(at + 6..at + 10)?.iter().fold(0usize, |n, b| n << 7 | usize::from(b & 0x7f));
        // A footer repeats the head behind the tags (ID3v2.4 §3.4).
        let footer = if bytes.get(at + 5).is_some_and(|flags| flags & 0x10 != 0) { 10 } else { 0 };
        at += 10 + size + footer;
    }
    let tags = at.min(bytes.len());
    let (mut frames, mut lost, mut seconds, mut mono) = (Vec::<Range<usize>>::new(), 0usize, 0.0, true);
    while at + 4 <= bytes.len() {
        // Four bytes look like a frame by chance: one that follows none is one if another follows it.
        let follows = |f: &Frame| {
            let next = at + f.len;
            frames.last().is_some_and(|l| l.end == at)
                || next >= bytes.len()
                || tag(next)
                || frame(&bytes[next..]).is_some()
        };
        let Some(f) = frame(&bytes[at..]).filter(follows) else {
            if tag(at) {
                break;
            }
            lost += 1;
            at += 1;
            continue;
        };
        let end = bytes.len().min(at + f.len);
        // The first frame of an encoder's may hold a table instead of sound.
        let table = frames.is_empty()
            && bytes[at..end].windows(4).take(64).any(|w| w == b"Xing" || w == b"Info" || w == b"VBRI");
        if !table {
            seconds += f.seconds;
        }
        mono &= f.mono;
        frames.push(at..end);
        at += f.len;
    }
    let sound = Sound { seconds, mono, rehearsal: is_rehearsal(bytes) };
    (frames.len() > 2 && seconds > 0.0 && lost < bytes.len() / 4).then_some(Walk { sound, tags, frames })
}

struct Frame {
    len: usize,
    seconds: f64,
    mono: bool,
}

fn frame(b: &[u8]) -> Option<Frame> {
    const BITRATES: [[usize; 15]; 2] = [
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    let [0xff, second, third, fourth] = *b.first_chunk::<4>()? else { return None };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    if second & 0xe0 != 0xe0 || version == 1 || layer != 1 {
        return None;
    }
    let first = version == 3; // MPEG 1; 2 is MPEG 2, 0 is MPEG 2.5
    let kilobits = *BITRATES[usize::from(!first)].get(usize::from(third >> 4)).filter(|k| **k > 0)?;
    let rate =
        [44_100, 48_000, 32_000].get(usize::from(third >> 2 & 3))? >> [2, 0, 1, 0][usize::from(version)];
    let samples = if first { 1152 } else { 576 };
    Some(Frame {
        len: samples / 8 * kilobits * 1000 / rate + usize::from(third >> 1 & 1),
        seconds: samples as f64 / rate as f64,
        mono: fourth >> 6 == 3,
    })
}

/// An MP3 with a title and the mark of a rehearsal before its frames (ID3v2.4).
pub fn mp3_rehearsal(title: &str, sound: &[u8]) -> Vec<u8> {
    let safe = |n: usize| [n >> 21 & 0x7f, n >> 14 & 0x7f, n >> 7 & 0x7f, n & 0x7f].map(|b| b as u8);
    let frame = |id: &[u8; 4], body: &[u8]| [id.as_slice(), &safe(body.len()), &[0, 0], body].concat();
    let tags = [
        frame(b"TIT2", &[b"\x03", title.as_bytes()].concat()),
        frame(b"COMM", &[b"\x03vie\0", REHEARSAL.as_bytes()].concat()),
    ]
    .concat();
    [b"ID3\x04\0\0".as_slice(), &safe(tags.len()), &tags, sound].concat()
}

/// A WAV: its sound, and with a title and the mark of a rehearsal at its end (a LIST of INFO).
pub fn wav_rehearsal(title: &str, bytes: &[u8]) -> Option<(Sound, Vec<u8>)> {
    let sound = wav(bytes)?;
    let piece = |id: &[u8; 4], body: &str| {
        let mut body = body.as_bytes().to_vec();
        body.push(0);
        let len = body.len() as u32;
        body.resize(body.len().next_multiple_of(2), 0);
        [id.as_slice(), &len.to_le_bytes(), &body].concat()
    };
    let info = [b"INFO".to_vec(), piece(b"INAM", title), piece(b"ICMT", REHEARSAL)].concat();
    let mut out = bytes.to_vec();
    out.resize(out.len().next_multiple_of(2), 0);
    out.extend([b"LIST".as_slice(), &(info.len() as u32).to_le_bytes(), &info].concat());
    let whole = u32::try_from(out.len() - 8).ok()?;
    out[4..8].copy_from_slice(&whole.to_le_bytes());
    Some((sound, out))
}

/// Reads a WAV of PCM.
pub fn wav(bytes: &[u8]) -> Option<Sound> {
    if bytes.get(..4)? != b"RIFF" || bytes.get(8..12)? != b"WAVE" {
        return None;
    }
    let number = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    let (mut at, mut per_second, mut mono, mut length) = (12, 0u32, false, 0usize);
    while let (Some(id), Some(len)) = (bytes.get(at..at + 4), number(at + 4)) {
        let len = (len as usize).min(bytes.len() - at - 8);
        if id == b"fmt " {
            per_second = number(at + 16)?;
            mono = bytes.get(at + 10..at + 12)? == [1, 0];
        } else if id == b"data" {
            length = len;
        }
        at += 8 + len.next_multiple_of(2);
    }
    let seconds = length as f64 / f64::from(per_second);
    (per_second > 0 && length > 0).then_some(Sound { seconds, mono, rehearsal: false })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_mp3_cut_within_a_frame_is_told_from_another_file() {
        let whole = frames(40, 0xc4);
        assert_eq!((cut_off(&whole), mp3_bare(&whole).is_some()), (None, true));
        let cut = [vec![7; 100], whole.clone()].concat();
        assert!(mp3_bare(&cut).is_none());
        assert_eq!(cut_off(&cut), Some(100));
        let other = [b"RIFF....WAVE".repeat(200), whole].concat();
        assert_eq!(cut_off(&other), None);
    }

    /// Frames of 64 kbit/s at 44.1 kHz: 208 or 209 bytes, 26.1 ms.
    fn frames(n: usize, fourth: u8) -> Vec<u8> {
        let mut one = vec![0xff, 0xfb, 0x50, fourth];
        one.resize(1152 / 8 * 64_000 / 44_100, 0);
        one.repeat(n)
    }

    fn silence(seconds: usize) -> Vec<u8> {
        let data = vec![0u8; seconds * 16_000];
        let mut out = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        out.extend(8_000u32.to_le_bytes());
        out.extend(16_000u32.to_le_bytes());
        out.extend([2, 0, 16, 0]);
        out.extend(b"data");
        out.extend((data.len() as u32).to_le_bytes());
        out.extend(data);
        out
    }

    #[test]
    fn an_mp3_is_measured_frame_by_frame() {
        let s = mp3(&frames(100, 0xc0)).unwrap();
        assert!((s.seconds - 2.612).abs() < 0.001 && s.mono && !s.rehearsal, "{s:?}");
        assert!(!mp3(&frames(100, 0x40)).unwrap().mono);
        let tagged = mp3_rehearsal("Đọc thử", &frames(100, 0xc0));
        let s = mp3(&tagged).unwrap();
        assert!((s.seconds - 2.612).abs() < 0.001 && s.rehearsal, "{s:?}");
    }

    #[test]
    fn what_is_no_mp3_is_refused() {
        let page = b"<html>404</html>".repeat(100);
        for other in [&b""[..], b"ID3", b"RIFF\0\0\0\0WAVE", &page, &frames(2, 0xc0), &silence(1)] {
            assert_eq!(mp3(other), None);
        }
    }

    #[test]
    fn of_a_recording_its_sound_is_kept_and_nothing_else() {
        let sound = frames(40, 0xc0);
        let apart = [&sound[..208 * 10], b"ID3-like junk of some editor", &sound[208 * 10..]].concat();
        let old_tag = [b"TAG".as_slice(), &[b'x'; 125]].concat();
        for (name, file) in [
            ("tags before", mp3_rehearsal("Ai đọc", &sound)),
            ("tags behind", [sound.clone(), old_tag].concat()),
            ("another behind", [sound.as_slice(), b"APETAGEX", &[7; 60]].concat()),
            ("zeros before", [&[0; 500], sound.as_slice()].concat()),
            ("between", apart),
        ] {
            let (s, bare) = mp3_bare(&file).unwrap();
            assert_eq!(bare, sound, "{name}");
            assert_eq!((s.mono, s.whole_seconds()), (true, 2), "{name}");
            assert_eq!(mp3_bare(&bare).unwrap().1, bare, "{name}");
        }
    }

    #[test]
    fn frames_within_another_file_make_no_recording() {
        let sound = frames(40, 0xc0);
        let wav = [b"RIFF\x10\x27\0\0WAVEfmt \x10\0\0\0\x55\0".as_slice(), &sound].concat();
        let page = [b"<html><script>".as_slice(), &sound].concat();
        for file in [wav, page] {
            assert!(mp3(&file).is_some() && mp3_bare(&file).is_none());
        }
    }

    #[test]
    fn the_mark_of_a_rehearsal_is_found_however_a_tag_is_written() {
        let sound = frames(40, 0xc0);
        assert!(!is_rehearsal(&sound));
        let wide: Vec<u8> = REHEARSAL.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let other: Vec<u8> = REHEARSAL.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for tag in [REHEARSAL.as_bytes(), &wide, &other] {
            assert!(is_rehearsal(&[sound.as_slice(), b"TAG", tag].concat()));
            assert!(is_rehearsal(&[b"ID3\x04\0\0\0\0\0\x1f", tag, &sound].concat()));
        }
    }

    #[test]
    fn a_wav_is_measured_and_marked() {
        let (s, out) = wav_rehearsal("Đọc thử", &silence(3)).unwrap();
        assert!((s.seconds - 3.0).abs() < 0.001 && s.mono, "{s:?}");
        assert_eq!(wav(&out).unwrap().seconds, s.seconds);
        assert!(out.windows(REHEARSAL.len()).any(|w| w == REHEARSAL.as_bytes()));
        assert_eq!(u32::from_le_bytes(out[4..8].try_into().unwrap()) as usize, out.len() - 8);
        assert_eq!(wav(b"no sound at all, but long enough for a header"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = (mp3(&bytes), mp3_bare(&bytes), wav(&bytes), wav_rehearsal("x", &bytes));
            let _ = mp3(&[b"ID3".as_slice(), &bytes].concat());
            let _ = wav(&[b"RIFF\0\0\0\0WAVE".as_slice(), &bytes].concat());
        }

        /// Whatever stands before, between and behind frames: the sound that is kept is theirs, and is kept again as it is.
        #[test]
        fn a_recording_is_bare_once_and_for_all(
            tag in proptest::collection::vec(any::<u8>(), 0..300), behind in "[ -~]{0,80}", n in 4usize..30,
        ) {
            let size = [0, 0, (tag.len() >> 7) as u8, tag.len() as u8 & 0x7f];
            let sound = frames(n, 0xc0);
            let file = [b"ID3\x04\0\0".as_slice(), &size, &tag, &sound, b"TAG", behind.as_bytes()].concat();
            let (s, bare) = mp3_bare(&file).unwrap();
            prop_assert_eq!(&bare, &sound);
            prop_assert_eq!(mp3_bare(&bare).unwrap(), (Sound { rehearsal: false, ..s }, bare));
        }
    }
}
