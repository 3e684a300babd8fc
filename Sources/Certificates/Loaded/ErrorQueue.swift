internal import COpenSSL

/// What OpenSSL says about the last calls of this thread.
enum ErrorQueue {
    /// More than these are not told.
    private static let reasonCountMax = 4

    /// Forgets what earlier calls left.
    static func clear() { ERR_clear_error() }

    /// Takes what is there, oldest first.
    static func take() -> [String] {
        var reasons: [String] = []
        while true {
            let code = ERR_get_error()
            guard code != 0 else { return reasons }
            guard reasons.count < reasonCountMax else { continue }
            reasons.append(text(of: code))
        }
    }

    /// Whether the newest says that no further PEM block begins.
    static var saysNoMore: Bool {
        let code = ERR_peek_last_error()
        return code >> 23 & 0xFF == UInt(ERR_LIB_PEM)
            && code & 0x7F_FFFF == UInt(PEM_R_NO_START_LINE)
    }

    private static func text(of code: UInt) -> String {
        guard let reason = unsafe ERR_reason_error_string(code) else { return "error \(code)" }
        return unsafe String(cString: reason)
    }
}

/// Throws what the queue says if a call of OpenSSL gave nothing.
func made(_ pointer: OpaquePointer?, to task: String) throws(CertificateFault) -> OpaquePointer {
    guard let pointer = unsafe pointer else {
        throw .refused(task, reasons: ErrorQueue.take())
    }
    return unsafe pointer
}

/// Throws what the queue says if a call of OpenSSL failed.
func check(_ result: Int32, to task: String) throws(CertificateFault) {
    guard result > 0 else { throw .refused(task, reasons: ErrorQueue.take()) }
}
