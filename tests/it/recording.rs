//! Recordings of posts from the folder to the station by the real program: checked, approved as their sound, mailed with the sheet,
//! copied to a stick, and held again when they change.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

use loa::domain::delivery::State;
use loa::domain::sound;

use crate::support::office::{Office, today};
use crate::support::sound::mp3;

const POST: &str = "campaigns/chien-dich/posts/bai/post.yaml";
const RECORDING: &str = "campaigns/chien-dich/posts/bai/loa.mp3";

/// An office with two posts for one ward's station, which airs every day; the first has a recording.
fn office(recorded: &[u8]) -> Office {
    let o = Office::new(
        "  thu:\n    kind: email\n    server: mail.example\n    from_address: loa@so.example\n  phieu:\n    kind: station\n    \
         carrier: thu\n",
        "default_accounts:\n  email: thu\n  station: phieu\n",
    );
    o.units(
        "  - id: so\n    name: Sở Thử\n    kind: department\n  - id: phuong-mot\n    name: Phường Một\n    kind: ward\n    \
         channels:\n      station:\n        address: loa@phuong.example\n    station:\n      kind: ip\n      sessions:\n        \
         sang: 05:30-06:00\n      days:\n        - hằng ngày\n      allowance_minutes: 3\n",
    );
    // From the days that are over: whichever day the test runs on, a sheet is due, of this week or the next.
    let sending = |times: u32| {
        format!(
            "  - channel: station\n    to: phuong-mot\n    from: {}\n    until: {}\n    times: {times}\n",
            today(-6),
            today(12)
        )
    };
    o.post("bai", "Giữ vệ sinh ngõ xóm", &sending(8));
    o.post("bai-hai", "Lịch cấp nước", &sending(8));
    for post in ["bai", "bai-hai"] {
        o.write(
            &format!("campaigns/chien-dich/posts/{post}/loa.md"),
            "Sáng chủ nhật, mời bà con quét dọn ngõ xóm. Mỗi nhà cử một người. Rác để đúng nơi.\n",
        );
    }
    std::fs::write(o.at(RECORDING), recorded).unwrap();
    let yaml = std::fs::read_to_string(o.at(POST)).unwrap();
    o.write(POST, &yaml.replace("send:", "recording: loa.mp3\nsend:"));
    o
}

fn ended(o: &Office, args: &[&str]) -> (i32, String) {
    let out = o.loa(args);
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    (out.status.code().unwrap(), text)
}

fn files(dir: &Path) -> Vec<String> {
    let mut all: Vec<String> =
        std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    all.sort();
    all
}

/// A recording of a person as her program wrote it, name and place included.
fn tagged(seconds: usize) -> Vec<u8> {
    let tag = b"TPE1\0\0\0\x18\0\0\x03Nguy\xe1\xbb\x85n V\xc4\x83n \xc4\x90\xe1\xbb\x8dc    ";
    let size = [0, 0, 0, u8::try_from(tag.len()).unwrap()];
    [b"ID3\x04\0\0".as_slice(), &size, tag, &mp3(seconds, true)].concat()
}

#[tokio::test]
async fn a_recording_goes_from_the_folder_to_the_station_as_it_was_approved() {
    let o = office(&tagged(18));
    o.apply_and_approve();
    let sandbox = ["--sandbox"];
    for args in [&["apply"][..], &["approve", "chien-dich", "--by", "binh"]] {
        o.ok(&[&sandbox[..], args].concat());
    }
    o.idle(&sandbox);
    // The mail carries the sound under its SHA-256 in the asset store, without the name of who read it.
    let bare = mp3(18, true);
    let hash = loa::kit::hash(&bare);
    let kept = std::fs::read(o.at("var/sandbox/assets").join(&hash[..2]).join(&hash[2..])).unwrap();
    assert_eq!(kept, bare);
    let outbox = o.at("var/sandbox/outbox/phieu");
    let mails: Vec<String> = files(&outbox).into_iter().filter(|f| f.ends_with(".eml")).collect();
    assert!(!mails.is_empty(), "{:?}", files(&outbox));
    let mail = String::from_utf8(std::fs::read(outbox.join(&mails[0])).unwrap()).unwrap();
    assert_eq!(mail.matches("audio/mpeg").count(), 1, "one of two items has a recording");
    let number = mail.split("-giu-ve-sinh-ngo-xom.mp3").next().unwrap();
    assert!(number.ends_with("01") || number.ends_with("02"), "it is named by its place in the order");
    // The stick: the same bytes, named in order; the sheet first.
    let usb = o.at("usb");
    let args = ["--sandbox", "usb", usb.to_str().unwrap()];
    // A stick that is not in is a folder that is not there: it is not made.
    let (code, said) = ended(&o, &args);
    assert!(code == 2 && said.contains("lsblk") && !usb.exists(), "{code} {said}");
    std::fs::create_dir(&usb).unwrap();
    let (_, said) = ended(&o, &args);
    assert!(said.contains("đĩa của máy này"), "{said}");
    let said = o.ok(&args);
    assert!(said.contains("Phường Một") && said.contains("1 bản thu âm, 1 bài đọc theo phiếu"), "{said}");
    let weeks = files(&usb);
    let week = usb.join(&weeks[0]);
    assert_eq!(files(&week), ["phuong-mot"]);
    let folder = week.join("phuong-mot");
    let names = files(&folder);
    assert_eq!((names.len(), names[0].as_str()), (2, "00-phieu.html"));
    assert!(names[1].ends_with("-giu-ve-sinh-ngo-xom.mp3") && names[1].is_ascii(), "{names:?}");
    assert_eq!(std::fs::read(folder.join(&names[1])).unwrap(), bare);
    let sheet = std::fs::read_to_string(folder.join("00-phieu.html")).unwrap();
    assert!(sheet.contains(&format!("Phát tệp: <strong>{}</strong> (gửi kèm thư)", names[1])), "{sheet}");
    assert!(sheet.contains("Bản thu âm dài <strong>18 giây</strong>"), "{sheet}");
    assert!(sheet.contains("Bài này không có bản thu âm"), "{sheet}");
    // Again: nothing to write. Something else there: nothing is written, and it stays.
    assert!(o.ok(&args).contains("ghi 0 tệp"));
    o.write(&format!("usb/{}/phuong-mot/03-nhac.mp3", weeks[0]), "nhạc");
    let (code, said) = ended(&o, &args);
    assert!(code == 3 && said.contains("03-nhac.mp3"), "{code} {said}");
    for (more, part) in [
        (&["--week", "2020-W01"][..], "Chưa có phiếu nào"),
        (&["--week", "tuần này"], "không phải một tuần"),
        (&["--unit", "phuong-mott"], "Có phải phuong-mot?"),
        (&["--unit", "so"], "chưa khai đài"),
    ] {
        let (code, said) = ended(&o, &[&args[..], more].concat());
        assert!(code == 2 && said.contains(part), "{code} {said}");
    }
}

#[tokio::test]
async fn another_recording_is_held_until_it_is_approved_and_other_tags_are_not() {
    let o = office(&tagged(18));
    o.apply_and_approve();
    let row = |rows: Vec<loa::store::DeliveryRow>| {
        rows.into_iter().filter(|r| r.origin == "chien-dich/bai").map(|r| r.state()).collect::<Vec<_>>()
    };
    o.ok(&["plan"]);
    let approved = || o.ok(&["approve", "chien-dich/bai", "--by", "binh"]);
    // Other tags, the same sound: nothing was edited.
    std::fs::write(o.at(RECORDING), mp3(18, true)).unwrap();
    assert!(o.ok(&["apply"]).contains("thêm 0"));
    let (code, said) = ended(&o, &["approve", "chien-dich/bai", "--by", "binh"]);
    assert!(code != 0 && said.contains("duyệt"), "approved already: {code} {said}");
    // Another sound.
    let other = mp3(20, true);
    std::fs::write(o.at(RECORDING), &other).unwrap();
    let (code, said) = ended(&o, &["approve", "chien-dich/bai", "--by", "binh"]);
    assert_eq!(code, 3, "what was edited is applied first: {said}");
    o.ok(&["apply"]);
    let held = row(o.ledger().await);
    assert!(!held.is_empty() && held.iter().all(|s| matches!(s, State::Planned | State::Held)), "{held:?}");
    assert!(ended(&o, &["status"]).1.contains("CHỜ DUYỆT     1 bài: bai"));
    let said = approved();
    assert!(said.contains("station +1 −1"), "the approver is told what differs: {said}");
    let hash = loa::kit::hash(&other);
    assert!(o.at("var/assets").join(&hash[..2]).join(&hash[2..]).is_file());
}

#[test]
fn what_no_ward_may_air_is_refused() {
    let o = office(&mp3(18, true));
    let (code, said) = ended(&o, &["check"]);
    assert!(code == 0 && !said.contains("A02"), "{said}");
    let check = |bytes: &[u8], want: &[&str]| {
        std::fs::write(o.at(RECORDING), bytes).unwrap();
        let (code, said) = ended(&o, &["check"]);
        assert!(want.iter().all(|w| said.contains(w)), "{want:?}: {said}");
        code
    };
    // By real programs: a rehearsal, a WAV under another name, two channels and the command that makes one of them.
    let out = o.at("thu.mp3");
    o.ok(&["speak", "chien-dich/bai", "--out", out.to_str().unwrap()]);
    assert_eq!(check(&std::fs::read(&out).unwrap(), &["A022", "bản đọc thử bằng máy"]), 1);
    let wav = o.at("thu.wav");
    o.ok(&["speak", "chien-dich/bai-hai", "--out", wav.to_str().unwrap()]);
    let plain = std::fs::read(&wav).unwrap();
    let list = plain.windows(4).position(|w| w == b"LIST").unwrap();
    assert_eq!(check(&plain[..list], &["A021", "audio/wav"]), 1);
    assert_eq!(check(&plain, &["A022"]), 1, "the mark counts whatever the file is");
    // 18 seconds of two channels, 16 kHz, as a program records them.
    let mut two =
        b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\x01\0\x02\0\x80\x3e\0\0\0\xfa\0\0\x04\0\x10\0data".to_vec();
    let samples: Vec<u8> = (0..18 * 16_000u32)
        .flat_map(|i| [(i * 31) as u8, (i % 60) as u8, (i * 7) as u8, (i % 40) as u8])
        .collect();
    two.extend(u32::try_from(samples.len()).unwrap().to_le_bytes());
    two.extend(samples);
    std::fs::write(o.at("hai.wav"), two).unwrap();
    let lame = |args: &[&str]| {
        assert!(
            Command::new("lame").arg("--quiet").args(args).current_dir(o.path()).status().unwrap().success()
        );
    };
    lame(&["-m", "s", "-b", "64", "hai.wav", "hai.mp3"]);
    let stereo = std::fs::read(o.at("hai.mp3")).unwrap();
    assert!(!sound::mp3(&stereo).unwrap().mono);
    assert_eq!(check(&stereo, &["A023", "lame -m m -b 64"]), 0, "a warning");
    lame(&["-m", "m", "-b", "64", RECORDING, "mot.mp3"]);
    let mono = std::fs::read(o.at("mot.mp3")).unwrap();
    std::fs::write(o.at(RECORDING), &mono).unwrap();
    let (_, said) = ended(&o, &["check"]);
    assert!(!said.contains("A02"), "what the command made is fine: {said}");
    // Of an earlier text; longer than the ward's share of a session.
    assert_eq!(check(&mp3(60, true), &["A024", "dài 60 giây"]), 0);
    assert_eq!(check(&mp3(200, true), &["R003", "bản thu âm dài 200 giây"]), 1);
    assert_eq!(check(&mp3(16 * 60, true), &["A021", "quá 15 phút"]), 1);
}
