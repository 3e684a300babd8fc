internal import CPlatform
internal import Glibc

/// A failed system call, with the number that the system gave.
package struct SystemError: Error, Hashable, Sendable {
    package let call: StaticName
    /// The value of `errno`.
    package let code: Int32

    package init(call: StaticName, code: Int32) {
        self.call = call
        self.code = code
    }
}

extension SystemError {
    /// Whether the other side's system said no: nobody listens there, or it reset the connection.
    package var isRefusal: Bool {
        switch code {
        case ECONNREFUSED, ECONNRESET, EPIPE, ENOENT: true
        default: false
        }
    }

    /// Whether the disk, or this user's share of it, is full.
    package var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }

    /// Whether it may go well later: a queue was full, or memory short.
    package var isTransient: Bool { code == EAGAIN || code == ENOBUFS || code == ENOMEM }

    /// Whether this process may not do it.
    package var isForbidden: Bool { code == EACCES || code == EPERM }

    /// Whether this machine has no such address.
    package var isUnknownAddress: Bool { code == EADDRNOTAVAIL || code == EAFNOSUPPORT }

    /// Whether something has the name that was to be made.
    package var isTaken: Bool { code == EEXIST }

    /// Whether nothing has the name.
    package var isMissing: Bool { code == ENOENT }

    /// Whether another socket has the address.
    package var isAddressInUse: Bool { code == EADDRINUSE }
}

extension SystemError: CustomStringConvertible {
    /// "fdatasync: Input/output error (5)".
    package var description: String { "\(call.text): \(Self.text(of: code)) (\(code))" }

    /// The system's words for an error number.
    package static func text(of code: Int32) -> String {
        var text = [CChar](repeating: 0, count: 128)
        unsafe text.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe roost_error_text(code, base, buffer.count)
        }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// A system call's name; a type so that equality does not depend on where the literal lies.
package struct StaticName: Hashable, Sendable, ExpressibleByStringLiteral {
    package let text: String

    package init(stringLiteral text: StaticString) { self.text = text.description }
}

/// Turns a shim's `-errno` into a thrown error; other results pass through.
@discardableResult
func checked<Result: SignedInteger>(
    _ call: @autoclosure () -> StaticName,
    result: Result
) throws(SystemError) -> Result {
    guard result < 0 else { return result }
    throw SystemError(call: call(), code: Int32(clamping: -Int64(clamping: result)))
}
