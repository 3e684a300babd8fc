/// The cluster's keys of tokens, ready to be used. Not for more than one thread.
package final class TokenVerifier {
    private var codes: [UInt64: MessageCode] = [:]

    /// Knows no key: believes nothing.
    package init() {}

    /// Knows these keys from now on, by their numbers, and no other.
    package func renew(_ keys: [(number: UInt64, key: [UInt8])]) {
        codes.removeAll()
        for (number, key) in keys { codes[number] = MessageCode(key: key) }
    }

    /// What a text says, if a known key signed it and its time is not over.
    ///
    /// - Parameter now: Unix seconds.
    /// - Complexity: about two microseconds.
    package func admit(
        _ text: some Collection<UInt8>,
        at now: UInt64
    ) throws(TokenFault) -> SessionToken {
        let (token, message, code) = try SessionToken.parse(text)
        guard let key = codes[token.key] else { throw .unknownKey }
        guard key.isCode(code, of: message) else { throw .wrongSignature }
        guard now < token.expiry else { throw .expired(at: token.expiry) }
        return token
    }
}
