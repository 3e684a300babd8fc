/// Whom a believed token of an outside issuer names.
package struct OutsideSubject: Hashable, Sendable {
    /// The subject's name, 1 to `SessionToken.userByteCountMax` bytes.
    package let name: [UInt8]
    /// Names of roles, each once, in the token's order.
    package let roles: [[UInt8]]
    /// When the token is over, in Unix seconds.
    package let expiry: UInt64
}
