internal import CPlatform

/// The terminal that controls this process's session.
package final class Terminal: Sendable {
    private let owned: OwnedDescriptor
    package var descriptor: Int32 { owned.number }

    private init(adopting descriptor: Int32) { owned = OwnedDescriptor(adopting: descriptor) }

    /// Opens it, whatever the standard streams are; nil when the session has none.
    package static func controlling() -> Terminal? {
        let descriptor = roost_open_terminal()
        return descriptor < 0 ? nil : Terminal(adopting: descriptor)
    }

    /// The process group that reads the keyboard.
    package func foregroundGroup() throws(SystemError) -> Int32 {
        try checked("tcgetpgrp", result: roost_foreground_group(descriptor))
    }

    /// Makes a group of this session the one that reads the keyboard; works in the background too.
    package func setForegroundGroup(_ group: Int32) throws(SystemError) {
        try checked("tcsetpgrp", result: roost_set_foreground_group(descriptor, group))
    }
}
