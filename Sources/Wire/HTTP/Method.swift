/// An HTTP method as far as Roost tells them apart.
package enum Method: String, Hashable, Sendable {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case post = "POST"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
    /// Any other token (RFC 9110, 9.1): framed like the rest, and refused by every call with 405.
    case other = ""

    /// The method that a token names; tokens are case-sensitive.
    package init(token: Span<UInt8>) {
        guard token.count >= 3, let candidate = Self.candidate(token.count, first: token[0]),
            token.elementsEqual(candidate.rawValue.utf8)
        else {
            self = .other
            return
        }
        self = candidate
    }

    /// The only method of that length and first letter.
    private static func candidate(_ count: Int, first: UInt8) -> Method? {
        switch (count, first) {
        case (3, UInt8(ascii: "G")): .get
        case (3, UInt8(ascii: "P")): .put
        case (4, UInt8(ascii: "P")): .post
        case (4, UInt8(ascii: "H")): .head
        case (5, UInt8(ascii: "P")): .patch
        case (6, UInt8(ascii: "D")): .delete
        case (7, UInt8(ascii: "O")): .options
        default: nil
        }
    }
}
