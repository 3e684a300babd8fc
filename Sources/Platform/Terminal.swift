internal import CPlatform

/// The controlling terminal, as descriptor `descriptor` shows it.
package struct Terminal: Sendable {
    package let descriptor: Int32

    /// The terminal at a standard stream, nil when there is none.
    package init?(at stream: StandardStream) {
        guard stream.isTerminal else { return nil }
        descriptor = stream.rawValue
    }

    /// The process group that reads the keyboard.
    package func foregroundGroup() throws(SystemError) -> Int32 {
        try checked("tcgetpgrp", roost_foreground_group(descriptor))
    }

    /// Makes a group of this session the one that reads the keyboard; works in the background too.
    package func setForegroundGroup(_ group: Int32) throws(SystemError) {
        try checked("tcsetpgrp", roost_set_foreground_group(descriptor, group))
    }
}
