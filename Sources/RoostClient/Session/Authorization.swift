internal import Bytes
internal import Platform

/// As whom requests are made: what their `Authorization` says.
package struct Authorization: Hashable, Sendable {
    /// The variable with a token.
    package static let tokenVariable = "ROOST_TOKEN"
    /// The variables with a name and a password.
    package static let userVariable = "ROOST_USER"
    package static let passwordVariable = "ROOST_PASSWORD"

    /// The field's value. Secret.
    package let field: [UInt8]

    /// A token: of a login, or of an outside issuer.
    package static func token(_ text: [UInt8]) -> Authorization {
        Authorization(field: Array("Bearer ".utf8) + text)
    }

    /// A name with its password.
    package static func password(_ password: [UInt8], of user: [UInt8]) -> Authorization {
        let text = Base64.encode(user + [UInt8(ascii: ":")] + password)
        return Authorization(field: Array("Basic ".utf8) + text)
    }

    /// What the environment says: a token, or else a name with its password; nil where it says
    /// neither.
    package static var ofThisProcess: Authorization? {
        if let token = value(of: tokenVariable) { return .token(token) }
        guard let user = value(of: userVariable), let password = value(of: passwordVariable) else {
            return nil
        }
        return .password(password, of: user)
    }

    /// A variable's bytes; nil where it is empty, or holds what no field may.
    private static func value(of name: String) -> [UInt8]? {
        guard let text = Environment.value(of: name), !text.isEmpty else { return nil }
        let bytes = Array(text.utf8)
        let isToken = name == tokenVariable
        return isToken && bytes.contains { $0 <= 0x20 || $0 >= 0x7F } ? nil : bytes
    }
}
