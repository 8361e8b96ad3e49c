//! YAML as a tree that keeps positions, and the declarative shapes it is checked against (floor F0: text in, tree and faults out).
