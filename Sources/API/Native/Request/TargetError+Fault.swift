internal import Wire

extension TargetError {
    /// What is wrong with the part, in words that follow its name.
    var fault: String {
        switch self {
        case .malformedEscape(let offset):
            "has a % at byte \(offset) without two hexadecimal digits; write %25 for a percent sign"
        case .encodedSlash(let offset):
            "has %2F at byte \(offset); a segment holds no slash, write / between segments"
        }
    }
}
