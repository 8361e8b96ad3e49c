//! The recording of a post: an MP3 beside its texts, read by a person. Bytes decide what it is, never its name.

use super::Loader;
use crate::domain::campaign::{Recording, Sending};
use crate::domain::sound::{self, MAX_RECORDING, MAX_RECORDING_SECONDS};
use crate::domain::unit::Family;
use crate::yaml::{Fault, Node, Say, Severity, Source, Span};

/// Reads `recording:` of a post in `folder`; `None` if there is none, or none that may be aired.
pub(super) fn read(l: &mut Loader<'_>, tree: &Node, source: &Source, folder: &str) -> Option<Recording> {
    let entry = tree.entries().iter().find(|(k, _)| k.name == "recording");
    let (key, node) = (entry.map_or("recording", |(k, _)| k.written.as_str()), tree.get("recording"));
    let named = node.and_then(Node::text);
    unused(l, folder, named);
    let (node, name) = (node?, named?);
    if name.contains("..") || name.starts_with(['/', '.']) || name.contains('\\') {
        l.faults.push(
            source
                .error(
                    "T027",
                    node.span,
                    "tệp phải nằm trong thư mục bài",
                    "the file must lie in the post's folder",
                )
                .fix(
                    format!("Chép tệp vào {folder}/ rồi viết   {key}: ten-tep.mp3"),
                    format!("Copy it to {folder}/ and write   {key}: name.mp3"),
                ),
        );
        return None;
    }
    let file = format!("{folder}/{name}");
    let bytes = match l.files.bytes(&file, MAX_RECORDING) {
        Ok(b) => b,
        Err(f) => {
            l.faults.push(unread(source, (node.span, key), &file, *f));
            return None;
        }
    };
    match heard(&bytes) {
        Ok((sound, bare)) => {
            if !sound.mono {
                l.faults.push(stereo(source, (node.span, key), &file));
            }
            Some(Recording {
                sha256: super::kit::hash(&bare),
                bytes: bare.len() as u64,
                seconds: sound.whole_seconds(),
                file,
            })
        }
        Err(why) => {
            l.faults.push(unheard_of(source, (node.span, key), &file, &bytes, why));
            None
        }
    }
}

/// Why bytes are no recording.
#[derive(Clone, Copy)]
enum Why {
    /// A machine read it.
    Rehearsal,
    /// No MP3.
    Other,
    /// An MP3 that begins within a frame, after so many bytes of it.
    Cut(usize),
    /// It ends before its encoder said.
    Short,
    /// So many seconds.
    Long(u32),
}

fn heard(bytes: &[u8]) -> Result<(sound::Sound, Vec<u8>), Why> {
    // Asked first: the mark may also stand in a file that is no MP3 any more.
    if sound::is_rehearsal(bytes) {
        return Err(Why::Rehearsal);
    }
    if sound::breaks_off(bytes) {
        return Err(Why::Short);
    }
    let (sound, bare) =
        sound::mp3_bare(bytes).ok_or_else(|| sound::cut_off(bytes).map_or(Why::Other, Why::Cut))?;
    match sound.whole_seconds() {
        s if s > MAX_RECORDING_SECONDS => Err(Why::Long(s)),
        _ => Ok((sound, bare)),
    }
}

/// A020: nothing is there. What else the disk says is said as of any file, at the line that names it.
fn unread(source: &Source, (at, key): (Span, &str), file: &str, f: Fault) -> Fault {
    match f.code {
        "T039" => {
            source.error("A020", at, format!("không có tệp {file}"), format!("there is no file {file}")).fix(
                format!("Chép tệp MP3 vào thư mục bài, hoặc bỏ dòng {key}: đài sẽ đọc theo phiếu."),
                format!("Copy the MP3 into the post's folder, or remove the line {key}: stations read the sheet then."),
            )
        }
        "T002" => source
            .error(
                "A021",
                at,
                format!("bản thu âm lớn quá {} MB", MAX_RECORDING >> 20),
                format!("the recording has more than {} MB", MAX_RECORDING >> 20),
            )
            .fix(
                "Xuất lại từ phần mềm thu âm: MP3, mono, 64 kbit/s (một phút chừng nửa MB).",
                "Export it again from the recorder: MP3, mono, 64 kbit/s (some half a MB a minute).",
            ),
        _ => Fault { severity: Severity::Error, ..f },
    }
}

/// A021, A022.
fn unheard_of(source: &Source, (at, key): (Span, &str), file: &str, bytes: &[u8], why: Why) -> Fault {
    match why {
        Why::Rehearsal => source
            .error(
                "A022",
                at,
                "đây là bản đọc thử bằng máy, không phát trên loa",
                "this is a machine's rehearsal, not for the air",
            )
            .why(
                "Loa ghi dấu vào tệp do   loa speak   làm ra. Giọng máy chỉ để nghe và sửa chữ; đài phát giọng người đọc.",
                "Files of   loa speak   bear a mark. A machine's voice is for mending words; stations air a person's.",
            )
            .fix(
                format!("Nhờ người đọc thu lại, hoặc bỏ dòng {key}: đài sẽ đọc theo phiếu."),
                format!("Have a person read it, or remove the line {key}: stations read the sheet then."),
            ),
        Why::Long(s) => {
            let (m, s) = (s / 60, s % 60);
            source
                .error(
                    "A021",
                    at,
                    format!("bản thu âm dài {m} phút {s} giây, quá {} phút", MAX_RECORDING_SECONDS / 60),
                    format!("the recording takes {m} min {s} s, more than {} minutes", MAX_RECORDING_SECONDS / 60),
                )
                .why("Không buổi phát nào của xã, phường dài hơn.", "No session of a ward's station is longer.")
                .fix("Thu bản ngắn hơn.", "Record a shorter one.")
        }
        Why::Other => {
            let is = crate::domain::kit::media_type(bytes).filter(|m| *m != "audio/mpeg");
            let (vi, en) = match is {
                Some(m) => (format!("tệp này không phải MP3 mà là {m}"), format!("the file is no MP3 but {m}")),
                None => ("tệp này không phải MP3".to_owned(), "the file is no MP3".to_owned()),
            };
            source
                .error("A021", at, vi, en)
                .why(
                    "Máy phát ở đài chỉ nhận MP3 thật; tên tệp không nói lên điều đó.",
                    "Players at stations take true MP3s; a file's name does not make it one.",
                )
                .fix(made_of(file, is, key).vi, made_of(file, is, key).en)
        }
        Why::Short => source
            .error(
                "A021",
                at,
                "bản thu âm đứt giữa chừng: thiếu phần cuối",
                "the recording breaks off: its end is missing",
            )
            .why(
                "Đầu tệp ghi số khung âm thanh, tệp có ít hơn: chép hoặc tải dở.",
                "Its head says how many frames there are, and there are fewer: it was copied or fetched in part.",
            )
            .fix(
                "Chép lại tệp. Nếu đã cắt có chủ ý: mở trong phần mềm thu âm rồi xuất lại MP3.",
                "Copy it again. If it was cut on purpose: open it in a recorder and export it again.",
            ),
        Why::Cut(n) => source
            .error(
                "A021",
                at,
                format!("tệp MP3 bị cắt giữa khung: {n} byte đầu không phải âm thanh trọn vẹn"),
                format!("the MP3 was cut within a frame: its first {n} bytes are no whole sound"),
            )
            .why(
                "Cắt bằng công cụ chép byte thì khung đầu bị dở; nhiều máy phát bỏ cả tệp.",
                "A tool that cuts bytes leaves half a frame; many players refuse the file.",
            )
            .fix(
                "Mở tệp gốc trong phần mềm thu âm, cắt ở đó rồi xuất lại: MP3, mono, 64 kbit/s.",
                "Open the original in a recorder, cut it there and export it again: MP3, mono, 64 kbit/s.",
            ),
    }
}

/// How a file that is no MP3 becomes one. `lame` reads WAV by its name's end alone and makes noise of anything else, so that no
/// command is given but for a WAV, under its right name.
fn made_of(file: &str, is: Option<&str>, key: &str) -> Say {
    let stem = file.rsplit_once('.').map_or(file, |(s, _)| s);
    if is != Some("audio/wav") {
        return Say::new(
            "Xuất lại từ phần mềm thu âm: MP3, mono, 64 kbit/s.",
            "Export it again from the recorder: MP3, mono, 64 kbit/s.",
        );
    }
    let command = format!("lame -m m -b 64 \"{stem}.wav\" \"{stem}.mp3\"");
    let short = stem.rsplit_once('/').map_or(stem, |(_, s)| s);
    if file.to_lowercase().ends_with(".wav") {
        return Say::new(
            format!("Làm MP3:   {command}   rồi ghi   {key}: {short}.mp3"),
            format!("Make an MP3:   {command}   and write   {key}: {short}.mp3"),
        );
    }
    Say::new(
        format!(
            "Tệp này là WAV mang tên khác. Đổi tên tệp thành {short}.wav, rồi:   {command}   và ghi   {key}: {short}.mp3"
        ),
        format!(
            "This is a WAV under another name. Rename it to {short}.wav, then   {command}   and write   {key}: {short}.mp3"
        ),
    )
}

/// A023: two channels are twice the bytes, and a horn has one.
fn stereo(source: &Source, (at, key): (Span, &str), file: &str) -> Fault {
    source
        .fault(
            "A023",
            Severity::Warning,
            at,
            Say::new("bản thu âm có hai kênh (stereo)", "the recording has two channels (stereo)"),
        )
        .why(
            "Loa phường chỉ có một kênh: tệp nặng gấp đôi, có máy chỉ phát một bên.",
            "Loudspeakers have one: the file is twice as large, and some players play one side only.",
        )
        .fix(smaller(file, key).vi, smaller(file, key).en)
        .meanwhile("Trong lúc chờ: bản này vẫn được dùng.", "Meanwhile it is used as it is.")
}

/// How an MP3 of two channels is made into what stations play.
fn smaller(file: &str, key: &str) -> Say {
    let stem = file.rsplit_once('.').map_or(file, |(s, _)| s);
    let command = format!("lame -m m -b 64 \"{file}\" \"{stem}-mono.mp3\"");
    Say::new(
        format!(
            "Làm bản một kênh:   {command}   rồi ghi tên mới vào {key}; hoặc xuất lại từ phần mềm thu âm: MP3, mono, 64 kbit/s."
        ),
        format!(
            "Make one of one channel:   {command}   and name it in {key}; or export it again: MP3, mono, 64 kbit/s."
        ),
    )
}

/// A025: no station gets it.
pub(super) fn unheard(l: &mut Loader<'_>, tree: &Node, source: &Source, sendings: &[Sending]) {
    let Some((key, node)) = tree.entries().iter().find(|(k, _)| k.name == "recording") else { return };
    if sendings.iter().any(|s| s.family == Family::Station) {
        return;
    }
    l.faults.push(
        source
            .fault(
                "A025",
                Severity::Warning,
                node.span,
                Say::new(
                    "bài có bản thu âm nhưng không gửi đài nào",
                    "the post has a recording and goes to no station",
                ),
            )
            .fix(
                format!("Thêm một lần gửi   channel: station   , hoặc bỏ dòng {}.", key.written),
                format!("Add a sending   channel: station   , or remove the line {}.", key.written),
            )
            .meanwhile("Trong lúc chờ: bản thu âm không gửi đi đâu.", "Meanwhile it goes nowhere."),
    );
}

/// A026: sound that lies in the folder and is named by nothing.
fn unused(l: &mut Loader<'_>, folder: &str, named: Option<&str>) {
    // Links that lead nowhere were spoken of where the texts were read.
    let names = l.files.list(folder, &mut vec![]);
    let is_sound = |n: &String| {
        let n = n.to_lowercase();
        [".mp3", ".wav", ".m4a", ".wma", ".ogg", ".aac"].iter().any(|e| n.ends_with(e))
    };
    for name in names.iter().filter(|n| is_sound(n) && named != Some(n)) {
        let f = Fault::file(
            "A026",
            Severity::Note,
            format!("{folder}/{name}"),
            "Loa không dùng tệp âm thanh này",
            "this sound is not used",
        );
        l.faults.push(
            f.fix(
                "Là bản thu âm của bài thì thêm vào post.yaml   recording: ten-tep.mp3   ; không thì chuyển đi nơi khác.",
                "If it is the post's recording, add to post.yaml   recording: name.mp3   ; if not, move it away.",
            )
            .meanwhile("Trong lúc chờ: tệp này không gửi đi đâu.", "Meanwhile it goes nowhere."),
        );
    }
}
