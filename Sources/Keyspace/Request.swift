/// A command with what guards and repeats it; one of these is the payload of one log entry.
package struct Request: Hashable, Sendable {
    /// What is to be done.
    package let command: Command
    /// Every one must still hold at apply, else the command is refused (after dedupe, before
    /// conditions).
    package let fences: [Fence]
    /// Makes a retry safe within ten minutes of the cluster clock.
    package let idempotency: IdempotencyStamp?
    /// Who asks.
    package let caller: Caller
    /// What the writer notes: text of at most `noteByteCountMax` bytes, kept with each version that
    /// the command writes.
    package let note: [UInt8]
    /// What its bytes mean; the newest unless it was read from an older log.
    let format: Format

    /// The longest `note`, in bytes.
    package static let noteByteCountMax = 256

    /// The form of an encoded request: its first byte.
    enum Format: UInt8, Comparable, Sendable {
        /// Keys are paths; a transaction may delete a key and then put it.
        case first = 1
        /// Keys are any bytes; a transaction that changes a key twice is refused.
        case second = 2

        static func < (left: Format, right: Format) -> Bool { left.rawValue < right.rawValue }
    }

    package init(
        _ command: Command,
        fences: [Fence] = [],
        idempotency: IdempotencyStamp? = nil,
        caller: Caller = .nobody,
        note: [UInt8] = []
    ) {
        self.init(
            command,
            fences: fences,
            idempotency: idempotency,
            caller: caller,
            note: note,
            format: .second
        )
    }

    init(
        _ command: Command,
        fences: [Fence],
        idempotency: IdempotencyStamp?,
        caller: Caller,
        note: [UInt8],
        format: Format
    ) {
        self.command = command
        self.fences = fences
        self.idempotency = idempotency
        self.caller = caller
        self.note = note
        self.format = format
    }
}

extension Request {
    /// The first feature level whose members know all of the request.
    package var featureLevel: UInt64 { max(command.featureLevel, caller.featureLevel) }

    /// The same request, asked by that caller; its idempotency key is the caller's own.
    package func asked(by caller: Caller) -> Request {
        guard caller != self.caller else { return self }
        return Request(
            command,
            fences: fences,
            idempotency: idempotency?.of(caller),
            caller: caller,
            note: note,
            format: format
        )
    }
}

/// "Only while this token still holds this lock", or leads this election: a token is the revision
/// of one grant and of no other, so the name's kind need not be said.
package struct Fence: Hashable, Sendable {
    /// The most fences of one request.
    package static let countMax = 64

    /// The name of the lock or election.
    package let lock: [UInt8]
    /// The token that must hold it.
    package let token: FencingToken

    package init(lock: [UInt8], token: FencingToken) {
        self.lock = lock
        self.token = token
    }
}

/// A client's key for one logical write, and what it was used for.
package struct IdempotencyStamp: Hashable, Sendable {
    /// The longest key that a client may give, in bytes.
    package static let clientKeyByteCountMax = 128

    /// The longest `key`, in bytes: room for the user's name beside the client's key.
    package static let keyByteCountMax = 1024

    /// The length of a fingerprint, in bytes.
    package static let fingerprintByteCount = 32

    /// User and key, already joined; 1 to `keyByteCountMax` bytes.
    package let key: [UInt8]
    /// SHA-256 over method, path, query, body and semantic headers: 32 bytes.
    package let fingerprint: [UInt8]

    package init(key: [UInt8], fingerprint: [UInt8]) {
        self.key = key
        self.fingerprint = fingerprint
    }

    /// The same key of that caller alone: whoever else gives it means another one. Nobody's stays as
    /// it is.
    package func of(_ caller: Caller) -> IdempotencyStamp {
        let name = caller.author
        guard !name.isEmpty else { return self }
        // No name has a zero byte, and no key that a client may give.
        return IdempotencyStamp(key: name + [0] + key, fingerprint: fingerprint)
    }
}
