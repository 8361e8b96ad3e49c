//! The `loa` program: see [`loa::cli`].

fn main() -> std::process::ExitCode {
    loa::cli::main()
}
