internal import Glibc

/// Something that the poller can watch.
package protocol Pollable: ~Copyable {
    /// Stays the owner's: never closed through this.
    var descriptor: Int32 { get }
}

/// Owns one open descriptor: it cannot be copied, so it cannot be closed twice or leaked.
struct OwnedDescriptor: ~Copyable, Sendable {
    let number: Int32

    init(adopting number: Int32) { self.number = number }

    deinit { _ = Glibc.close(number) }

    /// Gives the number up without closing it.
    consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }
}
