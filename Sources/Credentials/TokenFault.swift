/// Why a token or a credential from outside is not believed. Nothing here is a secret.
package enum TokenFault: Error, Hashable, Sendable {
    /// Longer than any that is given out or accepted.
    case tooLong(byteCount: Int)
    /// Not of the form.
    case malformed
    /// Neither a token nor a password: another scheme, or several.
    case unknownScheme
    /// No name with a password (RFC 7617), or longer than any.
    case noPassword
    /// A verified certificate whose name is no user's.
    case unknownUser(certificate: [UInt8])
    /// Its subject can be nobody's name.
    case unfitSubject
    /// No key is known that may have signed it.
    case unknownKey
    /// Its header names another algorithm than the one of its key.
    case wrongAlgorithm
    /// It asks for something in its header that is not understood (RFC 7515, 4.1.11).
    case unknownExtension
    /// Its signature is not its key's.
    case wrongSignature
    /// Its time is over, at this Unix time in seconds.
    case expired(at: UInt64)
    /// Its time begins then, in Unix seconds.
    case notYetValid(until: UInt64)
    /// Of another issuer than the one that is believed.
    case wrongIssuer
    /// Not meant for this cluster.
    case wrongAudience
    /// A claim that must be there is not, or is of another kind.
    case missingClaim([UInt8])

    /// What is wrong, in words that end no sentence.
    package var text: String {
        switch self {
        case .tooLong(let byteCount): "the token is too long, \(byteCount) bytes"
        case .malformed: "this is no token"
        case .unknownScheme: "the field Authorization is neither one Bearer nor one Basic"
        case .noPassword: "what follows Basic is no name and password in base64 (RFC 7617)"
        case .unknownUser(let name):
            "the certificate names '\(String(decoding: name, as: UTF8.self))', and there is no user of that name ('roost user add NAME --no-password' adds one)"
        case .unfitSubject:
            "the token's subject is no name: 1 to 251 bytes of UTF-8 without control characters, or blanks at an end"
        case .unknownKey: "the token's key is not known here"
        case .wrongAlgorithm: "the token's algorithm is not that of its key"
        case .unknownExtension: "the token's header asks for an extension that is not understood"
        case .wrongSignature: "the token's signature is wrong"
        case .expired(let time): "the token's time ended at \(time) (Unix seconds)"
        case .notYetValid(let time): "the token's time begins at \(time) (Unix seconds)"
        case .wrongIssuer: "the token's issuer is not the one that is believed here"
        case .wrongAudience: "the token is not meant for this cluster"
        case .missingClaim(let name):
            "the token's claim \(String(decoding: name, as: UTF8.self)) is missing or of a wrong kind"
        }
    }
}
