/// A setting written `--name`, with or without a value.
package struct Flag: Hashable, Sendable {
    /// Whether a value belongs to it; the text is what help shows in its place.
    package enum Value: Hashable, Sendable {
        case none
        /// `--name VALUE` or `--name=VALUE`.
        case required(String)
        /// `--name=VALUE`, or `--name VALUE` where VALUE is a duration; else `--name` alone.
        case optionalDuration(String)
    }

    /// How often it may be given.
    package enum Repetition: Hashable, Sendable { case once, repeatable }

    /// The name without its dashes.
    package let name: String
    /// A one-letter form, `-r`.
    package let letter: Character?
    package let value: Value
    package let repetition: Repetition
    package let summary: String

    package init(
        _ name: String,
        letter: Character? = nil,
        value: Value = .none,
        repetition: Repetition = .once,
        _ summary: String
    ) {
        self.name = name
        self.letter = letter
        self.value = value
        self.repetition = repetition
        self.summary = summary
    }

    /// As help shows it: `-o, --output FORMAT`.
    package var synopsis: String {
        let short = letter.map { "-\($0), " } ?? ""
        return switch value {
        case .none: "\(short)--\(name)"
        case .required(let placeholder): "\(short)--\(name) \(placeholder)"
        case .optionalDuration(let placeholder): "\(short)--\(name)[=\(placeholder)]"
        }
    }
}
