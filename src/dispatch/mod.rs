//! Gate, claim, render, send, settle; rescue; the only caller of `Transport::send` (floor F2).
