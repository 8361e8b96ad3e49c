//! Recordings of so many seconds, as a ward might get them.

/// An MP3 of whole seconds, 8 kHz, 8 kbit/s: 72 ms and 72 bytes a frame. Silent, and cheap to make.
pub fn mp3(seconds: usize, mono: bool) -> Vec<u8> {
    let mut frame = vec![0xff, 0xe3, 0x18, if mono { 0xc0 } else { 0x40 }];
    frame.resize(72, 0);
    frame.repeat(seconds * 1000 / 72)
}
